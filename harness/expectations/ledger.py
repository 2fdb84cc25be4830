"""The ledger: what was said against what was heard, in byte positions of one speaker's stream."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.trace.positions import WORD_BYTES

__all__ = ["Account", "Interval", "account", "common", "joined", "without"]

Interval = tuple[int, int]
"""`[from, to)` in bytes."""

EDGE_BYTES = 2 * WORD_BYTES
"""Positions are known to within a word, so a gap between two pieces that were heard is real only from two words on
(1 ms at 8 kHz, 0.5 ms at 16 kHz)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Bytes.

    Attributes:
        said: What should have been heard, without what was said twice.
        lost: The parts that never were.
        repeated: How much was heard once too often.
        reordered: How much was heard for the first time after something that comes later in the stream.
        lost_parts: Where the lost parts are.
    """

    said: int
    lost: int
    repeated: int
    reordered: int
    lost_parts: tuple[Interval, ...]


def account(said: Iterable[Interval], heard: Iterable[Interval]) -> Account:
    """Settle one speaker's account; `heard` in the order in which it was heard, over all connections."""
    due = joined(said)
    known: list[Interval] = []
    repeated = reordered = furthest = 0
    for begins, ends in heard:
        fresh = _insert(known, (begins, ends))
        repeated += (ends - begins) - sum(to - start for start, to in fresh)
        reordered += sum(max(0, min(to, furthest) - start) for start, to in fresh)
        furthest = max(furthest, ends)
    lost = tuple(part for part in without(due, known) if part[1] - part[0] >= EDGE_BYTES)
    return Account(
        said=sum(to - start for start, to in due),
        lost=sum(to - start for start, to in lost),
        repeated=repeated,
        reordered=reordered,
        lost_parts=lost,
    )


def joined(parts: Iterable[Interval]) -> list[Interval]:
    """The same positions as sorted parts that neither touch nor overlap."""
    whole: list[Interval] = []
    for begins, ends in sorted(parts):
        if whole and begins <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends))
        elif begins < ends:
            whole.append((begins, ends))
    return whole


def common(parts: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The positions that are in both, as `joined` gives them."""
    whole = joined(parts)
    return list(without(whole, list(without(whole, joined(others)))))


def _insert(known: list[Interval], part: Interval) -> list[Interval]:
    """Add a part to what is known, which is kept as `joined` keeps it; what of the part was new."""
    begins, ends = part
    if begins >= ends:
        return []
    first = bisect_right(known, begins, key=lambda other: other[1] + 1)
    last = bisect_right(known, ends, key=lambda other: other[0])
    touched = known[first:last]
    fresh = list(without([part], touched))
    if touched:
        known[first:last] = [(min(begins, touched[0][0]), max(ends, touched[-1][1]))]
    else:
        known.insert(first, part)
    return fresh


def without(parts: Iterable[Interval], taken: list[Interval]) -> Iterator[Interval]:
    """What is left of sorted parts without those taken, sorted as well."""
    following = 0
    for begins, ends in parts:
        while following < len(taken) and taken[following][1] <= begins:
            following += 1
        for start, to in taken[following:]:
            if start >= ends:
                break
            if begins < start:
                yield begins, start
            begins = max(begins, to)
        if begins < ends:
            yield begins, ends
