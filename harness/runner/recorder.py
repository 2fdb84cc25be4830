"""The recorder: everything that happens in one run, written down in order and passed on to whoever listens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from harness.trace import Event

__all__ = ["Listener", "Recorder", "json_safe"]

Listener = Callable[[Event], None]


class Recorder:
    """One run's record.

    Listeners are called synchronously, after the event is written, and may cause further events: those are written
    and passed on after the first one has reached everybody, so all listeners see one and the same order.

    Args:
        now_us: Microseconds since the run began.
        write: Takes each event as it comes, e.g. a trace writer's.
    """

    def __init__(self, *, now_us: Callable[[], int], write: Callable[[Event], None] | None = None) -> None:
        self.now_us = now_us
        self.events: list[Event] = []
        self._write = write
        self._listeners: list[Listener] = []
        self._waiting: deque[Event] = deque()
        self._passing_on = False
        self._closed = False

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def close(self) -> None:
        """What happens from now on (the stage being cleared) is no longer part of the run."""
        self._closed = True

    def tell(self, kind: str, *, connection: int | None = None, fields: Mapping[str, Any] | None = None) -> None:
        if self._closed:
            return
        event = Event(at_us=self.now_us(), kind=kind, connection=connection, fields=fields or {})
        self.events.append(event)
        if self._write is not None:
            self._write(event)
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


def json_safe(value: Any, *, depth: int = 8) -> Any:
    """`value` as JSON can hold it: what a client tells may be anything. Bytes are told by their number."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case Mapping() if depth:
            return {str(key): json_safe(item, depth=depth - 1) for key, item in value.items()}
        case list() | tuple() if depth:
            return [json_safe(item, depth=depth - 1) for item in value]
        case _:
            return str(getattr(value, "value", None) or type(value).__name__)
