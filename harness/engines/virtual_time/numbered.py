"""Tasks, futures and timers that know their place in line, so that nothing depends on where they lie in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableSet
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["NumberedFuture", "NumberedTask", "NumberedTimer", "OrderedWeakSet"]

T = TypeVar("T")


class NumberedTask(asyncio.Task[Any]):
    """A task that hashes to its number: sets of tasks, as `TaskGroup` keeps, are walked in the order of creation.

    That holds as long as numbers are small beside a set's table; it is the same in each run in any case.
    """

    def __init__(self, coro: Any, *, number: int, **rest: Any) -> None:
        self.number = number  # before the rest, since asyncio puts a task into its own sets while it is being made
        super().__init__(coro, **rest)

    def set_name(self, value: object, /) -> None:
        if value is not None:  # Python 3.13.0 hands on the name that nobody gave
            super().set_name(value)

    def __hash__(self) -> int:
        return self.number


class NumberedFuture(asyncio.Future[Any]):
    """A future that hashes to its number, as the tasks do."""

    def __init__(self, *, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self.number


class NumberedTimer(asyncio.TimerHandle):
    """A timer that comes before those that were set later for the same moment.

    The loop keeps its timers in a heap, and a heap is not stable. In virtual time, equal moments are the rule.
    """

    __slots__ = ("number",)

    number: int
    _when: float

    def __lt__(self, other: NumberedTimer) -> bool:  # type: ignore[override]  # the heap holds no others
        # Called ten times for each timer of a run, so it makes no tuples to compare.
        if self._when != other._when:
            return self._when < other._when
        return self.number < other.number


class OrderedWeakSet(MutableSet[T]):
    """A weak set that is walked in the order in which things were added."""

    def __init__(self) -> None:
        self._members: WeakKeyDictionary[Any, None] = WeakKeyDictionary()

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._members))

    def __len__(self) -> int:
        return len(self._members)

    def add(self, value: T) -> None:
        self._members.setdefault(value, None)

    def discard(self, value: T) -> None:
        self._members.pop(value, None)

    def copy(self) -> tuple[T, ...]:
        return tuple(self)
