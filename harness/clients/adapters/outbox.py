"""What an adapter has told and the harness has not read yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from harness.clients.client import ClientEvent

__all__ = ["Outbox"]

EVENTS_MAX = 50_000
"""More than a run may tell in all: whoever has so many waiting floods a reader who has given up."""


class Outbox:
    """Takes events from callbacks and tasks, and gives them to `events()` in order, until it is closed.

    outbox.tell("connection.reconnecting", attempt=1)
    outbox.tell("audio.output", audio=pcm)
    outbox.close(error)           # what the library raised; nothing if its stream ended well
    """

    def __init__(self) -> None:
        self._events: deque[ClientEvent] = deque()
        self._more = asyncio.Event()
        self._closed = False
        self._error: BaseException | None = None

    @property
    def closed(self) -> bool:
        return self._closed

    def tell(self, kind: str, /, *, audio: bytes = b"", **fields: Any) -> None:
        """What is told after the end is passed on as well, since an invariant is about just that, until the reader
        has gone."""
        if len(self._events) < EVENTS_MAX:
            self._events.append(ClientEvent(kind=kind, fields=fields, audio=audio))
            self._more.set()

    def close(self, error: BaseException | None = None) -> None:
        """The library's stream is over; the reader gets what was told, then `error` if there was one. Once only."""
        if not self._closed:
            self._closed, self._error = True, error
            self._more.set()

    async def __aiter__(self) -> AsyncIterator[ClientEvent]:
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                break
            self._more.clear()
            await self._more.wait()
        if self._error is not None:
            raise self._error
