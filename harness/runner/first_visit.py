"""The first visit: a client in a process of its own begins its run when it is first seen to connect."""

from __future__ import annotations

from collections.abc import Callable

from harness.runner.wire import Wire

__all__ = ["FirstVisit"]


class FirstVisit:
    """The proxy's `Visitors`: says that the client begins, then passes everything on to the wire."""

    def __init__(self, wire: Wire, begins: Callable[[], None]) -> None:
        self._wire = wire
        self._begins = begins
        self.refused = wire.refused
        self.closed = wire.closed
        self.shut = wire.shut

    def connecting(self, ticket: int) -> None:
        self._begins()
        self._wire.connecting(ticket)
