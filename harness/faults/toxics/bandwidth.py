"""Bandwidth: no more than so many bytes a second."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["Bandwidth"]

# 1000 bytes a KB, times the 0.1 s that a slice lasts.
BYTES_PER_KB_AND_SLICE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth(Toxic):
    """`rate` in KB/s, where 1 KB is 1000 bytes; 0 lets nothing pass, not even the end.

    A chunk waits for as long as its bytes take and then leaves whole; one that takes longer than 100 ms leaves in slices
    of 100 ms. Time in which nothing was sent gives no credit.
    """

    type: ClassVar[str] = "bandwidth"

    rate: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        if self.rate == 0:
            return (Step(math.inf, turn.item),)
        if isinstance(turn.item, End):
            return at_once(turn)
        slice_bytes = self.rate * BYTES_PER_KB_AND_SLICE
        starts = range(0, len(turn.item), slice_bytes)
        return tuple(
            Step(
                turn.at + self._lasts_s(min(start + slice_bytes, len(turn.item))),
                turn.item[start : start + slice_bytes],
            )
            for start in starts
        )

    def _lasts_s(self, size: int) -> float:
        return size / (self.rate * 1000)

    def problem(self) -> str | None:
        return f"rate must be 0 or more, was {self.rate}" if self.rate < 0 else None
