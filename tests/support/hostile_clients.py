"""Clients that no harness should have to meet: each is told to be well but for one thing.

As a scenario names them: `client: python:tests.support.hostile_clients:spins`. All speak to the OpenAI mock through
deadair's own provider, so that what is well about them is real.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from harness.clients import Client, ClientEvent, Endpoints
from harness.runner import registry
from harness.runner.keyring import API_KEY
from harness.scenario.model import Case

KEY = API_KEY
OTHER_KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"

kept: list[Any] = []
"""What a leaking client never lets go of."""


class Sound:
    """The provider itself, hidden behind what a client must be able to do."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        self._client: Client = registry.client(case.model_copy(update={"client": None}), endpoints)
        self.sample_rate_hz = self._client.sample_rate_hz
        self.agent_sample_rate_hz = self._client.agent_sample_rate_hz

    @property
    def state(self) -> Any:
        return self._client.state

    async def connect(self) -> None:
        await self._client.connect()

    async def send_audio(self, pcm: bytes) -> None:
        await self._client.send_audio(pcm)

    async def send_text(self, text: str) -> None:
        await self._client.send_text(text)

    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in self._client.events():
            yield event

    async def disconnect(self) -> None:
        await self._client.disconnect()


sound: Callable[[Case, Endpoints], Client] = Sound


# ── it raises ────────────────────────────────────────────────────────────────


class raises_when_made(Sound):
    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        raise RuntimeError(f"no client today, {KEY}")


class raises_in_connect(Sound):
    async def connect(self) -> None:
        raise RuntimeError(f"no connection today, {KEY}")


class raises_in_events(Sound):
    async def events(self) -> AsyncIterator[ClientEvent]:
        yield ClientEvent(kind="session.created", fields={})
        raise RuntimeError("no events today")


class raises_in_send(Sound):
    def send_audio(self, pcm: bytes) -> Any:
        raise RuntimeError("no audio today")


class raises_when_asked_for_its_state(Sound):
    @property
    def state(self) -> Any:
        raise RuntimeError("no state today")


class raises_in_a_task_of_its_own(Sound):
    async def connect(self) -> None:
        await super().connect()

        async def fail() -> None:
            raise RuntimeError(f"nobody catches this, {KEY}")

        self._task = asyncio.create_task(fail())
        await asyncio.sleep(0.1)
        del self._task


# ── it never comes back ──────────────────────────────────────────────────────


class never_returns_from_connect(Sound):
    async def connect(self) -> None:
        await asyncio.Event().wait()


class never_returns_from_disconnect(Sound):
    async def disconnect(self) -> None:
        await super().disconnect()
        await asyncio.Event().wait()


class ignores_cancellation(Sound):
    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in super().events():
            yield event
        while True:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue


class spins(Sound):
    async def events(self) -> AsyncIterator[ClientEvent]:
        yield ClientEvent(kind="session.created", fields={})
        while True:
            pass


class never_lets_go(Sound):
    """Like one that spins, for all who wait for it; but it leaves the processor to others."""

    async def events(self) -> AsyncIterator[ClientEvent]:
        yield ClientEvent(kind="session.created", fields={})
        _never_let_go()


class never_lets_go_in_a_callback(Sound):
    async def connect(self) -> None:
        await super().connect()
        asyncio.get_running_loop().call_later(0.2, _never_let_go)


def _never_let_go() -> None:
    # Not with time.sleep(), which the virtual clock would jump over.
    lock = threading.Lock()
    while True:
        lock.acquire()


class sleeps_on_the_clock_of_the_machine(Sound):
    async def connect(self) -> None:
        time.sleep(0.5)  # noqa: ASYNC251 (that is what is wrong with it)
        await super().connect()


# ── it leaves things behind ──────────────────────────────────────────────────


class leaks_a_task(Sound):
    async def connect(self) -> None:
        await super().connect()
        kept.append(asyncio.create_task(asyncio.Event().wait(), name="forgotten"))


class leaks_a_socket(Sound):
    async def connect(self) -> None:
        await super().connect()
        kept.append(await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0))


class leaks_a_thread(Sound):
    async def connect(self) -> None:
        await super().connect()
        threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()


# ── it talks ─────────────────────────────────────────────────────────────────


class floods(Sound):
    """Without end, and without ever waiting."""

    async def events(self) -> AsyncIterator[ClientEvent]:
        while True:
            yield ClientEvent(kind="text.output", fields={"text": "la"})


class tells(Sound):
    """The fields of one event, and then lives on."""

    kind: Any = "text.output"

    def fields(self) -> Any:
        raise NotImplementedError

    async def events(self) -> AsyncIterator[ClientEvent]:
        yield ClientEvent(kind=self.kind, fields=self.fields())
        async for event in super().events():
            yield event


class tells_what_no_json_holds(tells):
    def fields(self) -> Any:
        circle: list[Any] = []
        circle.append(circle)
        return {1: {2, 3}, "nan": float("nan"), "circle": circle, "huge": 1 << 100_000, "socket": socket.socket}


class tells_no_mapping(tells):
    def fields(self) -> Any:
        return "just words"


class tells_keys(tells):
    def fields(self) -> Any:
        return {"text": f"my key is {KEY}, and {OTHER_KEY}", "headers": {"Authorization": f"Bearer {OTHER_KEY}"}}


class tells_escapes(tells):
    def fields(self) -> Any:
        return {"text": "\x1b[2J\x1b]0;owned\x07\r\n\u202egnp.exe"}


class tells_half_a_surrogate(tells):
    def fields(self) -> Any:
        return {"text": "\ud83d", "\udc00": 1}


class tells_a_novel(tells):
    def fields(self) -> Any:
        return {"text": "x" * 20_000_000}


class tells_in_the_name_of_the_wire(tells):
    kind = "wire.refused"

    def fields(self) -> Any:
        return {"status": 503}


# ── it ends the process ──────────────────────────────────────────────────────


class exits(Sound):
    async def connect(self) -> None:
        sys.exit("good night")


class exits_from_a_task(Sound):
    async def connect(self) -> None:
        await super().connect()

        async def leave() -> None:
            sys.exit("good night")

        self._task = asyncio.create_task(leave())


class exits_at_once(Sound):
    async def connect(self) -> None:
        os._exit(0)
