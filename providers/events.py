"""The events between a provider that tells and an application that reads: in order, bounded, with an end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["EVENTS_MAX", "EventStream"]

EVENTS_MAX = 2048
"""An application that reads nothing for some minutes loses the oldest of them, rather than the machine its memory."""

T = TypeVar("T")


class EventStream(Generic[T]):
    """A queue that never makes the teller wait.

    Args:
        keep: Events that are not dropped while there are others to drop.
    """

    def __init__(self, *, keep: Callable[[T], bool]) -> None:
        self.dropped = 0
        self.has_ended = False
        self._keep = keep
        self._waiting: deque[T] = deque()
        self._changed = asyncio.Event()

    def anew(self) -> EventStream[T]:
        """An empty stream of the same kind."""
        return EventStream(keep=self._keep)

    def put(self, event: T) -> None:
        """Tell this. After the end nothing is told any more."""
        if self.has_ended:
            return
        if len(self._waiting) >= EVENTS_MAX:
            self._drop_one()
        self._waiting.append(event)
        self._changed.set()

    def end(self) -> None:
        """Nothing comes after what has been told so far."""
        self.has_ended = True
        self._changed.set()

    async def next(self) -> T | None:
        """The oldest event that nobody has read; None at the end."""
        while not self._waiting:
            if self.has_ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    def _drop_one(self) -> None:
        position = next((n for n, event in enumerate(self._waiting) if not self._keep(event)), 0)
        del self._waiting[position]
        self.dropped += 1
