"""Slow close: the end arrives later than the last byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["SlowClose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowClose(Toxic):
    """The end of this direction is passed on after `delay` milliseconds; bytes are not delayed."""

    type: ClassVar[str] = "slow_close"

    delay: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        if isinstance(turn.item, End):
            return (Step(turn.at + max(self.delay, 0) / 1000, turn.item),)
        return at_once(turn)
