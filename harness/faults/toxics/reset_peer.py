"""Reset peer: the connection dies with an RST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn

__all__ = ["ResetPeer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPeer(Toxic):
    """Both ends get an RST `timeout` milliseconds after the first bytes, or the end, came this way.

    An idle connection is left alone. The bytes that set it off are dropped, so lifting the toxic while it waits resets at
    once.
    """

    type: ClassVar[str] = "reset_peer"

    timeout: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        return (Step(turn.at + max(self.timeout, 0) / 1000, End(reset=True)),)

    def lifted(self, *, met: bool) -> End | None:
        return End(reset=True) if met else None
