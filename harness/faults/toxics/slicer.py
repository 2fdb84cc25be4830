"""Slicer: bytes arrive in small pieces."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["Slicer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicer(Toxic):
    """Chunks are halved until no piece has more than `average_size` + `size_variation` bytes.

    After each piece it rests for `delay` **microseconds**.
    """

    type: ClassVar[str] = "slicer"

    average_size: int = 0
    size_variation: int = 0
    delay: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        if isinstance(turn.item, End):
            return at_once(turn)
        steps: list[Step] = []
        start = 0
        for size in self._sizes(len(turn.item), turn.chance):
            steps.append(Step(turn.at + len(steps) * self._rest_s, turn.item[start : start + size]))
            start += size
        return tuple(steps)

    def rests_until(self, steps: tuple[Step, ...]) -> float:
        last = steps[-1]
        return last.at if isinstance(last.item, End) else last.at + self._rest_s

    @property
    def _rest_s(self) -> float:
        return max(self.delay, 0) / 1_000_000

    def _sizes(self, size: int, chance: Random) -> list[int]:
        done: list[int] = []
        ahead = [size]
        while ahead:
            size = ahead.pop()
            if size <= self.average_size + self.size_variation:
                done.append(size)
                continue
            near_half = size // 2 + chance.randint(-self.size_variation, self.size_variation)
            cut = min(max(near_half, 1), size - 1)
            ahead += [size - cut, cut]
        return done

    def problem(self) -> str | None:
        if self.average_size <= 0:
            return f"average_size must be more than 0, was {self.average_size}"
        if not 0 <= self.size_variation <= self.average_size:
            return f"size_variation must be from 0 to average_size ({self.average_size}), was {self.size_variation}"
        return None
