"""What is different between two runs: the first thing that went another way, what was said differently, what moved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from harness.replay.matching import matched
from harness.replay.strand import Stretch, strands
from harness.trace import Event, Trace, digest
from harness.trace.query import NUMBERS_AGREE_WITHIN, attempts

__all__ = ["Changed", "Difference", "Divergence", "Moved", "difference"]

CONTEXT_EVENTS = 3
"""So many events that both runs have are shown before the first that only one has."""

REAL_CLOCK_AGREES_WITHIN_US = 50_000
"""On the real clock nothing comes at the same microsecond twice; timers of a busy machine are some 20 ms late."""

VIRTUAL_CLOCK_AGREES_WITHIN_US = 10
"""Traces have whole microseconds, and a replay counts from one of them to the next."""

CAUSES_FIRST = ("faults", "wire", "server", "client", "told", "run", "caller", "replay")
"""Of what went another way at one moment, the first of these is told first."""

NEVER_COMPARED = ("account", "audio", "event_id")
"""Fields that follow from how audio was cut and from when an event came: on the real clock no two runs have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where two runs part: what each of them did next.

    Attributes:
        owner: Who did something else: `wire`, `server`, `client`, `faults`, `run`, `caller`, or `told` for what the client told.
        before: The last events of that owner that both runs have, as the left one has them.
        left: What came next in the left run; empty where nothing did.
        right: The same of the right run.
    """

    owner: str
    before: tuple[Event, ...]
    left: tuple[Event, ...]
    right: tuple[Event, ...]

    @property
    def at_us(self) -> int:
        return min(event.at_us for event in (*self.left[:1], *self.right[:1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An event that both runs have, with other fields. Names are paths into the fields, such as `session.voice`."""

    left: Event
    right: Event
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An event that both runs have, at another time."""

    left: Event
    right: Event

    @property
    def by_us(self) -> int:
        return self.right.at_us - self.left.at_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that two runs do not have in common.

    Attributes:
        clock: `virtual` where both were played on that; only then every microsecond counts.
        is_identical: Whether the two are the same to the byte, but for the machine that they were played on.
        divergences: The first of each owner, earliest first.
        only_left: How many events only the left run has.
        changed: Earliest first.
        moved: Earliest first.
        waits_us: From the end of each attempt to connect to the next attempt, left and right; None where there was none.
        ends: How each run ended, where that is not the same.
    """

    clock: str
    is_identical: bool
    divergences: tuple[Divergence, ...]
    only_left: int
    only_right: int
    changed: tuple[Changed, ...]
    moved: tuple[Moved, ...]
    waits_us: tuple[tuple[int | None, int | None], ...]
    ends: tuple[str, str] | None

    @property
    def agrees_within_us(self) -> int:
        """Times that are no further apart are the same."""
        return VIRTUAL_CLOCK_AGREES_WITHIN_US if self.clock == "virtual" else REAL_CLOCK_AGREES_WITHIN_US

    @property
    def is_same(self) -> bool:
        """Whether the same happened: in the same order, saying the same, and on the virtual clock at the same times."""
        return not (self.divergences or self.changed or self.ends or (self.clock == "virtual" and self.moved))


def difference(left: Trace, right: Trace) -> Difference:
    """Compare two runs, owner by owner. Events belong to each other if they are of one kind, and of the same connection."""
    clock = "virtual" if {left.header.clock, right.header.clock} == {"virtual"} else "real"
    sides = strands(left.events), strands(right.events)
    divergences: list[Divergence] = []
    pairs: list[tuple[Stretch, Stretch]] = []
    only_left = only_right = 0
    for owner in dict.fromkeys((*sides[0], *sides[1])):
        mine, theirs = sides[0].get(owner, []), sides[1].get(owner, [])
        together = matched([one.key for one in mine], [one.key for one in theirs])
        pairs += [(mine[a], theirs[b]) for a, b in together]
        only_left += len(mine) - len(together)
        only_right += len(theirs) - len(together)
        if (parted := _first_divergence(owner, mine, theirs, together)) is not None:
            divergences.append(parted)
    pairs.sort(key=lambda pair: pair[0].index)
    return Difference(
        clock=clock,
        is_identical=digest(left) == digest(right),
        divergences=tuple(sorted(divergences, key=lambda one: (one.at_us, CAUSES_FIRST.index(one.owner)))),
        only_left=only_left,
        only_right=only_right,
        changed=tuple(_changed(pairs, clock)),
        moved=tuple(_moved(pairs, clock)),
        waits_us=tuple(zip_longest(_waits_us(left), _waits_us(right))),
        ends=_ends(left, right),
    )


def _first_divergence(
    owner: str, left: list[Stretch], right: list[Stretch], together: list[tuple[int, int]]
) -> Divergence | None:
    for place, (a, b) in enumerate([*together, (len(left), len(right))]):
        if (a, b) == (place, place) and (a < len(left) or len(left) == len(right)):
            continue
        return Divergence(
            owner=owner,
            before=_events(left[max(0, place - CONTEXT_EVENTS) : place]),
            left=_events(left[place : place + CONTEXT_EVENTS]),
            right=_events(right[place : place + CONTEXT_EVENTS]),
        )
    return None


def _events(stretches: list[Stretch]) -> tuple[Event, ...]:
    return tuple(one.first for one in stretches)


def _changed(pairs: list[tuple[Stretch, Stretch]], clock: str) -> Iterator[Changed]:
    for left, right in pairs:
        if clock != "virtual" and (left.is_audio or left.first.owner in ("server", "client")):
            continue
        fields = dict(_other_values(left.first.fields, right.first.fields, exactly=clock == "virtual"))
        if left.count != right.count and clock == "virtual":
            fields["count"] = (left.count, right.count)
        if fields:
            yield Changed(left=left.first, right=right.first, fields=fields)


def _other_values(
    left: Mapping[str, Any], right: Mapping[str, Any], *, exactly: bool, path: str = ""
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in dict.fromkeys((*left, *right)):
        one, other = left.get(name), right.get(name)
        if one == other or _are_close(one, other) or (not exactly and name in NEVER_COMPARED):
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _other_values(one, other, exactly=exactly, path=f"{path}{name}.")
        else:
            yield f"{path}{name}", (one, other)


def _are_close(one: Any, other: Any) -> bool:
    """Whether two fractions are the same, but for the order in which they were computed."""
    return (
        isinstance(one, float) and isinstance(other, float) and math.isclose(one, other, rel_tol=NUMBERS_AGREE_WITHIN)
    )


def _moved(pairs: list[tuple[Stretch, Stretch]], clock: str) -> Iterator[Moved]:
    within_us = VIRTUAL_CLOCK_AGREES_WITHIN_US if clock == "virtual" else REAL_CLOCK_AGREES_WITHIN_US
    for left, right in pairs:
        if abs(right.first.at_us - left.first.at_us) > within_us:
            yield Moved(left=left.first, right=right.first)


def _waits_us(trace: Trace) -> list[int]:
    found = attempts(trace)
    return [
        following.began.at_us - attempt.ended_us
        for attempt, following in pairwise(found)
        if attempt.ended_us is not None and attempt.ended_us <= following.began.at_us
    ]


def _ends(left: Trace, right: Trace) -> tuple[str, str] | None:
    ends = tuple("cut off" if trace.end is None else trace.end.why for trace in (left, right))
    return None if ends[0] == ends[1] else (ends[0], ends[1])
