"""The state of a client that does not say it: inferred from what it tells, and from its connections."""

from __future__ import annotations

__all__ = ["InferredState"]

ENDS = frozenset({"wire.closed", "wire.reset", "wire.abandoned", "wire.refused"})


class InferredState:
    """`value` is one of CONTRACT.md's states, or `reconnecting`: it was connected once, and has no connection now."""

    def __init__(self) -> None:
        self._ready: dict[int | None, None] = {}
        self._was_ready = False
        self._last_word = ""

    @property
    def value(self) -> str:
        if self._last_word:
            return self._last_word
        if self._ready:
            return "active"
        return "reconnecting" if self._was_ready else "connecting"

    def seen(self, kind: str, connection: int | None) -> None:
        """Something has happened on the wire."""
        if kind == "wire.ready":
            self._ready[connection] = None
            self._was_ready = True
        elif kind in ENDS:
            self._ready.pop(connection, None)

    def told(self, kind: str) -> None:
        """The client has told something."""
        match kind:
            case "connection.failed" | "run.connect_failed":
                self._last_word = "error"
            case "run.disconnected":
                self._last_word = "disconnected"

    def over(self, exit_code: int | None) -> None:
        """Its process has ended. What it has said itself stands."""
        self._last_word = self._last_word or ("error" if exit_code else "disconnected")
