"""A user of the Gemini SDK: dials, speaks, and takes a turn of the model in whole.

The SDK's Live client is async, and speaks TLS whatever the address says (google-genai 1.75.0 to 3.4.0, `_websocket_base_url`);
so a conversation runs over `wss` and on the virtual clock, while REST runs over plain HTTP too.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from google import genai
from google.genai import types

from mock_servers.base.voice import CALLER_STREAM, coded
from tests.sdk.witness import There, capability

__all__ = [
    "KEY",
    "LIVE",
    "MODEL",
    "VIRTUAL",
    "Caller",
    "Turn",
    "client",
    "dialled",
    "live",
    "next_turn",
    "until",
    "writes",
]

KEY = "a-key"
MODEL = "gemini-2.5-flash-live"
"""Of the generation that takes client content at any time, and writes if it is asked to."""

RATE_HZ = 16_000
FRAME_S = 0.02
ANSWER_WITHIN_S = 20.0
"""No answer of the mock takes so long; a user who waits for one in vain is told so."""

LIVE = ("wss", "virtual")
VIRTUAL = ("virtual",)
"""Conversations that take minutes."""


def live(name: str, *, transports: tuple[str, ...] = LIVE, **marks: Any) -> Callable[..., Any]:
    """Register a conversation over the Live API as a capability."""
    return capability(name, transports=transports, **marks)


def client(there: There, *, key: str = KEY, api_version: str | None = None, **connecting: Any) -> genai.Client:
    """The SDK's client. It must be held on to: one that is collected closes its connections under way.

    Args:
        api_version: None takes the SDK's own.
        connecting: What `websockets.connect` is given, such as `ping_interval`.
    """
    options = types.HttpOptions(api_version=api_version, async_client_args=connecting or None)
    if not there.production:
        options.base_url = there.http_url
    return genai.Client(api_key=key, http_options=options)


@asynccontextmanager
async def dialled(
    there: There, *, caller: genai.Client | None = None, model: str = MODEL, **config: Any
) -> AsyncIterator[Any]:
    """A session that is set up: answers in text if `config` does not ask for something else."""
    caller = caller or client(there)
    async with caller.aio.live.connect(model=model, config={"response_modalities": ["TEXT"]} | config) as session:
        assert session.setup_complete is not None, "the first message was no setupComplete"
        yield session


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The messages of `session.receive()`, from its beginning to where it ends by itself."""

    messages: tuple[Any, ...]

    @property
    def contents(self) -> list[Any]:
        return [message.server_content for message in self.messages if message.server_content]

    @property
    def parts(self) -> list[Any]:
        return [part for content in self.contents if content.model_turn for part in content.model_turn.parts or ()]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if part.text and not part.thought)

    @property
    def audio(self) -> bytes:
        return b"".join(part.inline_data.data for part in self.parts if part.inline_data)

    @property
    def heard(self) -> str:
        return "".join(c.input_transcription.text or "" for c in self.contents if c.input_transcription)

    @property
    def said(self) -> str:
        return "".join(c.output_transcription.text or "" for c in self.contents if c.output_transcription)

    @property
    def calls(self) -> list[Any]:
        return [call for message in self.messages if message.tool_call for call in message.tool_call.function_calls]

    @property
    def cancelled(self) -> list[str]:
        return [
            i for message in self.messages if message.tool_call_cancellation for i in message.tool_call_cancellation.ids
        ]

    @property
    def handles(self) -> list[str]:
        updates = [message.session_resumption_update for message in self.messages]
        return [update.new_handle for update in updates if update and update.resumable]

    @property
    def usage(self) -> Any:
        """What was counted last; it stands on the message that ends the turn."""
        return self.messages[-1].usage_metadata

    def has(self, flag: str) -> bool:
        """Whether some content has this flag, such as `interrupted`."""
        return any(getattr(content, flag) for content in self.contents)

    def place(self, flag: str) -> int:
        """Which of the contents has this flag first; ValueError if none."""
        return [bool(getattr(content, flag)) for content in self.contents].index(True)


async def next_turn(session: Any) -> Turn:
    async with asyncio.timeout(ANSWER_WITHIN_S):
        return Turn(messages=tuple([message async for message in session.receive()]))


async def until(session: Any, wanted: Callable[[Any], Any], *, within_s: float = ANSWER_WITHIN_S) -> Any:
    """The first message for which `wanted` is true; the ones before it are dropped."""
    async with asyncio.timeout(within_s):
        while True:
            async for message in session.receive():
                if wanted(message):
                    return message


async def writes(session: Any, text: str, *, turn_complete: bool = True) -> None:
    await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]}, turn_complete=turn_complete)


@dataclass(slots=True)
class Caller:
    """Somebody at the microphone of a session, in frames of 20 ms at the pace of speech: four words a second."""

    session: Any
    said_bytes: int = field(default=0, init=False)

    async def speaks(self, for_s: float) -> None:
        end = self.said_bytes + round(for_s * RATE_HZ) * 2
        pcm = coded(CALLER_STREAM, self.said_bytes, end)
        self.said_bytes = end
        await self._plays(pcm)

    async def is_silent(self, for_s: float) -> None:
        await self._plays(bytes(round(for_s * RATE_HZ) * 2))

    async def _plays(self, pcm: bytes) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for number, frame in enumerate(_frames(pcm), start=1):
            blob = types.Blob(data=frame, mime_type=f"audio/pcm;rate={RATE_HZ}")
            await self.session.send_realtime_input(audio=blob)
            await asyncio.sleep(began_s + number * FRAME_S - loop.time())


def _frames(pcm: bytes) -> Iterable[bytes]:
    size = round(FRAME_S * RATE_HZ) * 2
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


# The SDK warns of what is experimental in it, and of its dependencies; a witness reports what it saw, not that.
warnings.simplefilter("ignore")
