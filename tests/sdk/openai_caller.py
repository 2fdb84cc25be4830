"""A user of the `openai` SDK: dials, speaks, and reads what comes, with the async client or with the sync one.

A conversation is written once, with an `await` before each call. With the sync client a call is over when it returns, so
its coroutine never waits, and is driven to its end in one go.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import openai
from websockets.exceptions import ConnectionClosed

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import CALLER_STREAM, coded
from tests.sdk.witness import There, Transport, capability

__all__ = ["BESIDE_TLS", "KEY", "MODEL", "Caller", "Line", "by_both", "spoken_words"]

KEY = "sk-mock"
MODEL = "gpt-realtime"
BYTES_PER_S = 48_000
FRAME_S = 0.1
WORDS_PER_S = 4
ANSWER_WITHIN_S = 10.0
"""No answer of the mock takes so long; whoever waits for one in vain is told for what."""

BESIDE_TLS: tuple[Transport, ...] = ("ws", "virtual")
"""Where a fault is played that TLS neither causes nor changes; the virtual clock has TLS, too."""

Story = Callable[["Caller"], Awaitable[None]]


def by_both(name: str, **marks: Any) -> Callable[[Story], Story]:
    """Register a conversation as a capability of the async client and of the sync one."""

    def register(story: Story) -> Story:
        @capability(name, **marks)
        @functools.wraps(story)
        async def with_async(there: There) -> None:
            await story(Caller(there=there))

        @capability(name, sync=True, **marks)
        @functools.wraps(story)
        def with_sync(there: There) -> None:
            _drive(story(Caller(there=there, sync=True)))

        return story

    return register


def spoken_words(lasts_s: float, *, after_s: float = 0.0) -> str:
    """What the mock hears when a caller speaks so long, after having spoken for `after_s`."""
    conversation = Conversation()
    first, last = round(after_s * WORDS_PER_S), round((after_s + lasts_s) * WORDS_PER_S)
    return " ".join(conversation.word(cell) for cell in range(first, last))


@dataclass(slots=True, kw_only=True)
class Caller:
    """One user of the SDK, with one API of it."""

    there: There
    sync: bool = False
    streamed_bytes: int = 0

    @contextlib.asynccontextmanager
    async def client(self, *, key: Any = KEY, **options: Any) -> AsyncIterator[Any]:
        """A client that calls the mock; on the virtual clock its defaults lead there."""
        options = {"api_key": key, "max_retries": 0, **self._addresses(), **options}
        if self.sync:
            with openai.OpenAI(**options) as client:
                yield AtOnce(client)
        else:
            async with openai.AsyncOpenAI(**options) as client:
                yield client

    @contextlib.asynccontextmanager
    async def dialled(self, *, key: Any = KEY, beta: bool | None = None, **options: Any) -> AsyncIterator[Line]:
        """A connection to `/v1/realtime`; `options` are those of `connect`, with a model unless they say otherwise.

        `organization` and `project` are the client's. `beta` takes the retired beta's client, which is the only one of the SDKs before 1.107.
        """
        if not {"model", "call_id", "extra_query"} & set(options):
            options["model"] = MODEL
        whose = {name: options.pop(name) for name in ("organization", "project") if name in options}
        async with self.client(key=key, **whose) as client:
            beta = self.old if beta is None else beta
            api = client.beta.realtime if beta else client.realtime
            if self.sync:
                with api.plain.connect(**options) as connection:
                    yield Line(sdk=AtOnce(connection), caller=self)
            else:
                async with api.connect(**options) as connection:
                    yield Line(sdk=connection, caller=self)

    async def trouble(self, do: dict[str, Any] | str, *, on: str = "live", times: int | None = None) -> None:
        if self.sync:
            self.there.trouble_sync(do, on=on, times=times)
        else:
            await self.there.trouble(do, on=on, times=times)

    async def ledger(self, connection: int) -> dict[str, Any]:
        """What the mock wrote down of this connection."""
        told = self.there.ledger_sync(connection) if self.sync else await self.there.ledger(connection)
        return dict(told)

    async def connections(self) -> list[int]:
        return self.there.connections_sync() if self.sync else await self.there.connections()

    @property
    def old(self) -> bool:
        major, minor, *_ = self.there.version.split(".")
        return (int(major), int(minor)) < (1, 107)

    def now_s(self) -> float:
        """The clock that the client lives by."""
        return time.monotonic() if self.sync else asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        if self.sync:
            time.sleep(seconds)  # noqa: ASYNC251  no loop runs here
        else:
            await asyncio.sleep(seconds)

    def _addresses(self) -> dict[str, Any]:
        if self.there.production:
            return {}
        return {"websocket_base_url": f"{self.there.url}/v1", "base_url": f"{self.there.http_url}/v1"}


@dataclass(slots=True, kw_only=True)
class Line:
    """A connection, and everything that came over it. `sdk` is the SDK's own object."""

    sdk: Any
    caller: Caller
    events: list[Any] = field(default_factory=list)

    @property
    def wire(self) -> Any:
        """The connection of `websockets` below the SDK's; the SDK shows it to nobody."""
        return (self.sdk.plain if self.caller.sync else self.sdk)._connection

    async def next(self) -> Any:
        """The next event, whatever it is."""
        if self.caller.sync:
            event = await self.sdk.recv()
        else:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                event = await self.sdk.recv()
        self.events.append(event)
        return event

    async def closed(self) -> ConnectionClosed:
        """How the connection ended; what came before its end is in `events`."""
        while True:
            try:
                await self.next()
            except ConnectionClosed as closed:
                return closed

    async def error(self) -> Any:
        """The inside of the next error; what came before it is passed over."""
        while (event := await self.next()).type != "error":
            pass
        return event.error

    async def until(self, kind: str) -> list[Any]:
        """All events up to the first of this kind. An error that is not asked for is a failure."""
        told: list[Any] = []
        while True:
            try:
                event = await self.next()
            except TimeoutError:
                raise AssertionError(f"no {kind} came; there came {[event.type for event in told]}") from None
            told.append(event)
            if event.type == kind:
                return told
            assert event.type != "error", f"an error came before {kind}: {event.error}"

    async def one(self, kind: str) -> Any:
        """The next event of this kind; those before it are passed over."""
        return (await self.until(kind))[-1]

    async def updated(self, **session: Any) -> Any:
        """The session after it was changed so."""
        await self.sdk.session.update(session={"type": "realtime", **session})
        return (await self.one("session.updated")).session

    async def asks(self, text: str) -> None:
        """A turn in writing, and the wish for an answer."""
        content = [{"type": "input_text", "text": text}]
        await self.sdk.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await self.sdk.response.create()

    async def says(self, lasts_s: float) -> None:
        """The caller speaks: a word each quarter of a second, in frames of 100 ms."""
        start = self.caller.streamed_bytes
        self.caller.streamed_bytes += round(lasts_s * BYTES_PER_S)
        await self.plays(coded(CALLER_STREAM, start, self.caller.streamed_bytes))

    async def is_silent(self, lasts_s: float) -> None:
        await self.plays(bytes(round(lasts_s * BYTES_PER_S)))

    async def plays(self, pcm: bytes) -> None:
        """Audio goes out: as a microphone gives it where time is free, at once where it is not."""
        frame = round(FRAME_S * BYTES_PER_S)
        for at in range(0, len(pcm), frame):
            await self.sdk.input_audio_buffer.append(audio=base64.b64encode(pcm[at : at + frame]).decode())
            if self.caller.there.production:
                await asyncio.sleep(FRAME_S)


class AtOnce:
    """A sync client's object, whose calls are awaited: each is over when it returns. `plain` is the object itself."""

    def __init__(self, plain: Any) -> None:
        self.plain = plain

    def __getattr__(self, name: str) -> Any:
        part = getattr(self.plain, name)
        if not callable(part):
            return AtOnce(part)

        @functools.wraps(part)
        async def call(*arguments: Any, **options: Any) -> Any:
            return part(*arguments, **options)

        return call

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self.plain:
            yield event


def _drive(conversation: Any) -> None:
    try:
        conversation.send(None)
    except StopIteration:
        return
    conversation.close()
    raise AssertionError("a conversation with the sync client waited for an event loop")
