"""A link: one direction of one connection, from the bytes that came to the bytes that leave, through its toxics.

Pure. The rim tells it what arrived and when; it says what leaves, when it wants to be asked again, and whether the source
should be read. Times are seconds of the loop's clock and are kept exact: what leaves a toxic at 1.0 reaches the next one
at 1.0, also if a late timer finds that out at 1.001.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from harness.faults.toxics import CHUNK_BYTES, End, Item, Noop, Step, Toxic, Turn

__all__ = ["Link"]

# Small chunks cost more memory than their bytes; each counts as this many in the bound of a line.
CHUNK_COUNTS_BYTES_MIN = 512

_NOOP = Noop()


@dataclass(slots=True)
class _Stage:
    """One toxic's place on this link: who waits in line, and what is leaving."""

    name: str
    toxic: Toxic
    chance: Random
    roll: float
    ends_at: float
    waiting: deque[tuple[float, Item]] = field(default_factory=deque)
    waiting_bytes: int = 0
    leaving: deque[Step] = field(default_factory=deque)
    free_at: float = -math.inf
    passed_bytes: int = 0
    met: bool = False
    has_room_since: float = -math.inf

    @property
    def full(self) -> bool:
        return self.waiting_bytes >= self.toxic.holds_bytes

    def join(self, item: Item, at: float) -> None:
        self.waiting.append((at, item))
        self.waiting_bytes += _weight(item)

    def take(self) -> None:
        """The first in line has its turn."""
        was_full = self.full
        arrived_at, item = self.waiting.popleft()
        self.waiting_bytes -= _weight(item)
        at = max(arrived_at, self.free_at)
        if was_full and not self.full:
            self.has_room_since = at
        steps = self.toxic.meet(
            Turn(item=item, arrived_at=arrived_at, at=at, passed_bytes=self.passed_bytes, chance=self.chance)
        )
        self.met = True
        self.leaving.extend(steps)
        self.free_at = max(at, self.toxic.rests_until(steps))

    def hurry(self, at: float) -> None:
        """What is in hand leaves now."""
        self.leaving = deque(Step(min(step.at, at), step.item) for step in self.leaving)
        self.free_at = min(self.free_at, at)

    def empty(self) -> list[Item]:
        """Everything that is still here, in order; afterwards there is nothing."""
        items = [step.item for step in self.leaving] + [item for _, item in self.waiting]
        self.leaving.clear()
        self.waiting.clear()
        self.waiting_bytes = 0
        return items


class Link:
    """One direction of one connection.

    Args:
        chance: Gives the random stream of a name; the same name always gives a stream with the same draws.
    """

    __slots__ = ("_blocked", "_chance", "_ended", "_outbox", "_over", "_stages", "_unblocked_at")

    def __init__(self, chance: Callable[[str], Random]) -> None:
        self._chance = chance
        self._stages: list[_Stage] = []
        self._outbox: deque[Item] = deque()
        self._blocked = False
        self._unblocked_at = -math.inf
        self._ended = False  # the source has hung up
        self._over = False  # the end has left, or waits in the outbox: nothing can follow it

    # ── what the rim tells ───────────────────────────────────────────────────

    def received(self, data: bytes, at: float) -> None:
        """Bytes came from the source."""
        if self._over or self._ended:
            return
        if not self._stages:
            self._outbox.append(data)
            return
        for start in range(0, len(data), CHUNK_BYTES):
            self._stages[0].join(data[start : start + CHUNK_BYTES], at)

    def ended(self, at: float) -> None:
        """The source hung up, with FIN or RST. Telling it twice does nothing."""
        if self._over or self._ended:
            return
        self._ended = True
        self._pass_to(0, End(), at)

    def block(self) -> None:
        """The sink takes nothing more for now."""
        self._blocked = True

    def unblock(self, at: float) -> None:
        self._blocked = False
        self._unblocked_at = at

    # ── what the rim asks ────────────────────────────────────────────────────

    @property
    def wants_more(self) -> bool:
        """Whether the source should be read."""
        if self._over or self._ended:
            return False
        if not self._stages:
            return not self._blocked and not self._outbox
        return not self._stages[0].full

    def take(self, at: float) -> Item | None:
        """The next thing that leaves by `at`; None if there is none, or the sink is blocked."""
        while not self._outbox:
            due, index = self._next()
            if due > at:
                return None
            self._happen(index, due)
        return None if self._blocked else self._outbox.popleft()

    def due(self) -> float | None:
        """When `take` may next have something; None if only news can change that."""
        if self._outbox:
            return None if self._blocked else -math.inf
        due, _ = self._next()
        return due if due < math.inf else None

    # ── toxics come, change and go ───────────────────────────────────────────

    def add(self, name: str, toxic: Toxic, *, toxicity: float, at: float, key: str = "") -> None:
        """A toxic at the end of the chain. It is rolled for once, and the roll stays with it.

        `key` names its random streams, where a toxic of this name has been here before.
        """
        key = key or name
        roll = self._chance(f"{key}/toxicity").random()
        hit = toxic if roll < toxicity else _NOOP
        self._stages.append(_Stage(name, hit, self._chance(key), roll, hit.ends_at(at)))

    def update(self, name: str, toxic: Toxic, *, toxicity: float, at: float) -> None:
        """New attributes or toxicity: what the toxic has in hand leaves now, the rest goes by the new values."""
        index = self._index(name)
        stage = self._stages[index]
        hit = toxic if stage.roll < toxicity else _NOOP
        ending = stage.toxic.lifted(met=stage.met) if hit is _NOOP and stage.toxic is not _NOOP else None
        stage.toxic = hit
        stage.ends_at = hit.ends_at(at)
        if ending is not None:
            self._end(index, ending, at)
        else:
            stage.hurry(at)

    def remove(self, name: str, at: float) -> None:
        """The toxic goes: what it held leaves now, in order, unless its going ends the connection."""
        index = self._index(name)
        stage = self._stages[index]
        ending = None if self._over else stage.toxic.lifted(met=stage.met)
        if ending is not None:
            self._end(index, ending, at)
        items = stage.empty()
        del self._stages[index]
        for item in items:
            self._pass_to(index, item, at)

    # ── how things move ──────────────────────────────────────────────────────

    def _next(self) -> tuple[float, int]:
        """When the earliest thing happens, and at which stage."""
        due, at_index = math.inf, -1
        if self._over:
            return due, at_index
        has_room, room_since = not self._blocked, self._unblocked_at
        for index in range(len(self._stages) - 1, -1, -1):
            stage = self._stages[index]
            soonest = stage.ends_at
            if stage.leaving:
                if has_room:
                    soonest = min(soonest, max(stage.leaving[0].at, room_since))
            elif stage.waiting:
                soonest = min(soonest, max(stage.free_at, stage.waiting[0][0]))
            if soonest <= due:
                due, at_index = soonest, index
            has_room, room_since = not stage.full, stage.has_room_since
        return due, at_index

    def _happen(self, index: int, at: float) -> None:
        stage = self._stages[index]
        if stage.ends_at <= at:
            self._end(index, End(), at)
        elif stage.leaving:
            item = stage.leaving.popleft().item
            if isinstance(item, End):
                self._end(index, item, at)
            else:
                stage.passed_bytes += len(item)
                self._pass_to(index + 1, item, at)
        else:
            stage.take()

    def _end(self, index: int, end: End, at: float) -> None:
        """The end leaves stage `index`; nothing that is still behind it can follow."""
        for stage in self._stages[: index + 1]:
            stage.empty()
            stage.ends_at = math.inf
        self._ended = True
        self._pass_to(index + 1, end, at)

    def _pass_to(self, index: int, item: Item, at: float) -> None:
        if index < len(self._stages):
            self._stages[index].join(item, at)
            return
        self._outbox.append(item)
        self._over = isinstance(item, End)

    def _index(self, name: str) -> int:
        return next(index for index, stage in enumerate(self._stages) if stage.name == name)


def _weight(item: Item) -> int:
    return 0 if isinstance(item, End) else max(len(item), CHUNK_COUNTS_BYTES_MIN)
