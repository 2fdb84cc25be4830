"""What a session will do by itself, and when."""

from __future__ import annotations

import heapq
from collections.abc import Callable

__all__ = ["Agenda"]


class Agenda:
    """What is to be done at a time, each on behalf of an owner. At equal times, what was noted first is due first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, Callable[[], None]]] = []
        self._noted = 0

    @property
    def next_s(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def note(self, at_s: float, do: Callable[[], None], *, owner: str = "") -> None:
        self._noted += 1
        heapq.heappush(self._heap, (at_s, self._noted, owner, do))

    def take_due(self, now_s: float) -> Callable[[], None] | None:
        """The next thing to do by now, taken off; None if there is none."""
        if not self._heap or self._heap[0][0] > now_s:
            return None
        return heapq.heappop(self._heap)[3]

    def forget(self, owner: str) -> None:
        """Nothing of this owner is due any more."""
        self._heap = [entry for entry in self._heap if entry[2] != owner]
        heapq.heapify(self._heap)
