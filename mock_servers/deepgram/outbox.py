"""What is to be sent later: in order, so that nothing overtakes what waits."""

from __future__ import annotations

from collections import deque

from mock_servers.base.protocol import Action

__all__ = ["Outbox"]


class Outbox:
    """The actions of one connection that are due at some time."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Action]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, action: Action, at_s: float) -> None:
        """Due at this time, or with what was put in before it, if that is later."""
        self._waiting.append((self.last_at_s(at_s), action))

    def due(self, now_s: float) -> list[Action]:
        """All whose time has come; they are gone from here."""
        due = []
        while self._waiting and self._waiting[0][0] <= now_s:
            due.append(self._waiting.popleft()[1])
        return due

    def next_at_s(self) -> float | None:
        return self._waiting[0][0] if self._waiting else None

    def last_at_s(self, at_s: float) -> float:
        """When what is put in now for `at_s` will be due."""
        return max(at_s, self._waiting[-1][0]) if self._waiting else at_s

    def clear(self) -> None:
        self._waiting.clear()
