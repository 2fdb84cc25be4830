"""What a session will do by itself, and when."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

__all__ = ["Agenda"]

T = TypeVar("T")


class Agenda(Generic[T]):
    """Things that are due at a time, each on behalf of an owner. At equal times, what was noted first is due first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, T]] = []
        self._noted = 0

    @property
    def next_s(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def note(self, at_s: float, thing: T, *, owner: str = "") -> None:
        self._noted += 1
        heapq.heappush(self._heap, (at_s, self._noted, owner, thing))

    def take_due(self, now_s: float) -> tuple[str, T] | None:
        """The next thing that is due by now, with its owner, taken off; None if there is none."""
        if not self._heap or self._heap[0][0] > now_s:
            return None
        _, _, owner, thing = heapq.heappop(self._heap)
        return owner, thing

    def forget(self, owner: str) -> None:
        """Nothing of this owner is due any more."""
        self._heap = [entry for entry in self._heap if entry[2] != owner]
        heapq.heapify(self._heap)
