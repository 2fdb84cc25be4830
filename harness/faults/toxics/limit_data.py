"""Limit data: the connection closes after so many bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["LimitData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitData(Toxic):
    """Exactly `bytes` bytes pass, counted since the toxic was added; then both ends are closed with FIN.

    With 0 or less it closes on the first byte, and an idle connection stays.
    """

    type: ClassVar[str] = "limit_data"

    bytes: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        if isinstance(turn.item, End):
            return at_once(turn)
        room = max(self.bytes - turn.passed_bytes, 0)
        if len(turn.item) < room:
            return at_once(turn)
        end = Step(turn.at, End())
        return (Step(turn.at, turn.item[:room]), end) if room else (end,)
