"""The application that each adapter is: one call of one library, in one task. Only the standard library is imported here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any, ClassVar

from harness.clients.adapters.outbox import Outbox
from harness.clients.client import ClientEvent, Endpoints
from harness.clients.traits import Traits

__all__ = ["Application"]


class Application:
    """One call. The task runs `talk()`, which is the library at work, and closes the outbox with what came of it.

    A subclass says which package it tests, writes `talk()` and the sending, sets `ready` when the library says that it
    is connected, and moves `_state`. Nothing that the library raises gets lost, and the task itself never raises: a future
    with an error that nobody fetches would be told as the client's own.
    """

    package: ClassVar[str]
    reconnects: ClassVar[bool] = True
    """False for a library that leaves reconnecting to its user."""

    sample_rate_hz = 24_000
    agent_sample_rate_hz = 24_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        self.traits = Traits(reconnects=self.reconnects, name=self.package, version=version(self.package))
        self.endpoints = endpoints
        self.asked = case.session
        self.outbox = Outbox()
        self.ready = asyncio.Event()
        self.failure: Exception | None = None
        self.call: asyncio.Task[None] | None = None
        self._state = "idle"

    async def talk(self) -> None:
        """The call, from dialling to its end; it raises what the library raises."""
        raise NotImplementedError

    @property
    def got_through(self) -> bool:
        """Whether there is a connection, once `ready` is set: it is set by an end as well."""
        return not self.outbox.closed

    async def hang_up(self) -> None:
        """Have `talk()` leave the library's `async with`, from wherever it is."""
        assert self.call is not None, "only a call that was begun is hung up"
        self.call.cancel()

    # ── what the harness asks for ────────────────────────────────────────────

    @property
    def state(self) -> str:
        return self._state

    async def connect(self) -> None:
        """Over when the library says that it is connected.

        Raises:
            Exception: What the library raised instead.
        """
        self._state = "connecting"
        self.call = asyncio.create_task(self._call_to_its_end(), name="the application's loop")
        await self.ready.wait()
        if not self.got_through:
            raise self.failure or ConnectionError("it was over before there was a connection")

    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in self.outbox:
            yield event

    async def disconnect(self) -> None:
        self._state = "disconnecting"
        if self.call is not None:
            await self.hang_up()
            await asyncio.wait([self.call])
        self._state = "disconnected"

    async def _call_to_its_end(self) -> None:
        try:
            await self.talk()
        except Exception as error:
            # What the library told as its last error it may raise as well: the first word counts.
            self.failure, self._state = self.failure or error, "error"
        finally:
            self.outbox.close(self.failure)
            self.ready.set()
