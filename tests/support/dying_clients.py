"""Clients with a task that dies of its own. They never call anybody: what happens to the task is all that there is to see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from harness.clients import ClientEvent

__all__ = ["held", "held_and_looked_at", "held_by_itself", "thrown_away", "twins"]


async def _fails() -> None:
    await asyncio.sleep(0.3)
    raise LookupError("nobody awaits this")


async def _fails_in_a_circle() -> None:
    """Its own variables hold it, so that counting references never sets it free."""
    myself: list[object] = [asyncio.current_task()]
    myself.append(myself)
    await _fails()


class _Client:
    """Starts a task for each of these when it connects; whether it holds them, and looks at them as it stops, is said."""

    sample_rate_hz = agent_sample_rate_hz = 16_000

    def __init__(self, *doomed: Callable[[], Coroutine[Any, Any, None]], holds: bool, looks: bool = False) -> None:
        self.state = "idle"
        self._doomed = doomed
        self._holds = holds
        self._looks = looks
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        for fails in self._doomed:
            task = asyncio.create_task(fails())
            if self._holds:
                self._tasks.append(task)
        self.state = "connected"

    async def send_audio(self, pcm: bytes) -> None:
        """Into the void."""

    async def events(self) -> AsyncIterator[ClientEvent]:
        self.state = "active"
        await asyncio.Event().wait()
        yield ClientEvent(kind="never")

    async def disconnect(self) -> None:
        if self._looks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.state = "disconnected"


def thrown_away(*_: Any) -> _Client:
    return _Client(_fails, holds=False)


def held(*_: Any) -> _Client:
    return _Client(_fails, holds=True)


def twins(*_: Any) -> _Client:
    return _Client(_fails, _fails, holds=True)


def held_by_itself(*_: Any) -> _Client:
    return _Client(_fails_in_a_circle, holds=False)


def held_and_looked_at(*_: Any) -> _Client:
    return _Client(_fails, holds=True, looks=True)
