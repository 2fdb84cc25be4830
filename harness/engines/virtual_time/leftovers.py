"""What a program had not ended itself when it was over."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Leftovers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """Tasks that still waited, and where; sockets that were still open. False if there is nothing of either."""

    tasks: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tasks or self.sockets)

    def __str__(self) -> str:
        return "; ".join((*self.tasks, *self.sockets)) or "nothing"
