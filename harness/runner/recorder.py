"""The recorder: everything that happens in one run, written down in order and passed on to whoever listens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import DeadairError
from harness.trace import Event

__all__ = ["EVENTS_MAX", "Listener", "Recorder", "events_max"]

Listener = Callable[[Event], None]

EVENTS_MAX = 200_000
"""A busy minute of a call has some 5,000 events; whoever tells so many is not talking."""

EVENTS_PER_S_MAX = 500


def events_max(by_us: int) -> int:
    """How many events a run may have that is over after `by_us`: the bound grows with calls that last for hours."""
    return max(EVENTS_MAX, EVENTS_PER_S_MAX * by_us // 1_000_000)


class Recorder:
    """One run's record.

    Listeners are called synchronously, after the event is written, and may cause further events: those are written
    and passed on after the first one has reached everybody, so all listeners see one and the same order.

    Args:
        now_us: Microseconds since the run began.
        write: Takes each event as it comes, e.g. a trace writer's.
        events_max: After so many it `is_full`, and takes no more.
    """

    def __init__(
        self,
        *,
        now_us: Callable[[], int],
        write: Callable[[Event], None] | None = None,
        events_max: int = EVENTS_MAX,
    ) -> None:
        self.now_us = now_us
        self.events: list[Event] = []
        self.failure: DeadairError | None = None
        """Why an event could not be written: our own trouble, and not that of whoever happened to tell it."""
        self._events_max = events_max
        self._write = write
        self._listeners: list[Listener] = []
        self._waiting: deque[Event] = deque()
        self._passing_on = False
        self._closed = False
        self._held: deque[Event] | None = None

    @property
    def is_full(self) -> bool:
        return len(self.events) >= self._events_max

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def hold(self) -> None:
        """Keep what is told to yourself until `release`: those who are to hear of it are not there yet."""
        self._held = deque()

    def release(self) -> None:
        """Write down and pass on what was held, with the times at which it happened, and what that causes behind it."""
        while self._held:
            self._take(self._held.popleft())
        self._held = None

    def close(self) -> None:
        """What happens from now on (the stage being cleared) is no longer part of the run."""
        self._closed = True

    def tell(self, kind: str, *, connection: int | None = None, fields: Mapping[str, Any] | None = None) -> None:
        event = Event(at_us=self.now_us(), kind=kind, connection=connection, fields=fields or {})
        if self._held is not None:
            self._held.append(event)
        else:
            self._take(event)

    def _take(self, event: Event) -> None:
        if self._closed or self.failure is not None or self.is_full:
            return
        self.events.append(event)
        if self._write is not None:
            try:
                self._write(event)
            except DeadairError as error:
                self.failure = error
        self._waiting.append(event)
        if self._passing_on:
            return
        self._passing_on = True
        try:
            while self._waiting:
                current = self._waiting.popleft()
                for listener in self._listeners:
                    listener(current)
        finally:
            self._passing_on = False
