"""What a session waits for, and when each of it is due."""

from __future__ import annotations

import enum

__all__ = ["Alarms", "Due"]


class Due(enum.Enum):
    """What a session can wait for, each at most once at a time."""

    KEY_REFUSED = enum.auto()
    SET_UP = enum.auto()
    REPLY = enum.auto()
    STEP = enum.auto()
    CONCLUSION = enum.auto()
    HANDLE = enum.auto()
    GO_AWAY = enum.auto()
    DEADLINE = enum.auto()
    CONNECTION_CAP = enum.auto()
    SESSION_CAP = enum.auto()
    TOKEN_EXPIRED = enum.auto()
    FOREIGN_HANDLE = enum.auto()
    FATAL_HANDLE = enum.auto()
    BELATED = enum.auto()


class Alarms:
    """Each alarm rings once, the earliest first, and those of one time in the order in which they were set."""

    def __init__(self) -> None:
        self._at_s: dict[Due, float] = {}

    def set(self, due: Due, at_s: float) -> None:
        """Ring then, and no more at the time that was set before."""
        self._at_s.pop(due, None)
        self._at_s[due] = at_s

    def at_s(self, due: Due) -> float | None:
        return self._at_s.get(due)

    def drop(self, due: Due) -> None:
        self._at_s.pop(due, None)

    def clear(self) -> None:
        self._at_s.clear()

    @property
    def next_s(self) -> float | None:
        return min(self._at_s.values(), default=None)

    def ring(self, now_s: float) -> tuple[Due, float] | None:
        """The first alarm that is due by now, which is dropped herewith, and when it was due."""
        if not self._at_s:
            return None
        due = min(self._at_s, key=self._at_s.__getitem__)
        return (due, self._at_s.pop(due)) if self._at_s[due] <= now_s else None
