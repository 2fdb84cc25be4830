"""Marks: what stands in a lane of a timeline, before anybody decides how it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.expectations.words import moment

__all__ = ["LANES", "MARKS_MAX", "Lane", "Mark", "Tone", "tallied", "thinned", "when"]

Tone = Literal[
    "good", "busy", "bad", "dim", "plain", "fault", "wait", "wrong", "speech", "lost", "repeated", "reordered",
]  # fmt: skip
"""How a mark looks. `wrong` is a wait that is not what was asked for."""

LANES = {
    "faults": "faults",
    "state": "client state",
    "connections": "connections",
    "waits": "waits",
    "server": "server says",
    "client": "client says",
    "told": "client tells",
    "caller": "caller audio",
    "agent": "agent audio",
}
"""What there is, from the top down, and what it is called. The client *says* to the server, and *tells* its application."""

MARKS_MAX = 160
"""In one lane; more of them nobody tells apart, whatever the run was like."""

NAMES_TOLD_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something in a lane.

    Attributes:
        to_us: None for a moment.
        label: What is written on it where there is room.
        what: What it is in words, without the time.
        count: Of how many things it is made.
    """

    from_us: int
    to_us: int | None = None
    tone: Tone = "plain"
    label: str = ""
    what: str = ""
    count: int = 1

    @property
    def ends_us(self) -> int:
        return self.from_us if self.to_us is None else self.to_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """`name` is one of `LANES`. The marks stand in the order in which they begin."""

    name: str
    marks: tuple[Mark, ...]


def when(mark: Mark) -> str:
    """`3.002 s`, `3.002 s to 4.1 s`."""
    begins, ends = moment(mark.from_us), moment(mark.ends_us)
    return begins if begins == ends else f"{begins} to {ends}"


def thinned(marks: Sequence[Mark], lasted_us: int) -> tuple[Mark, ...]:
    """As many marks as can be told apart: where there are too many, short ones of one tone that lie close together
    become one that says how many they are."""
    cell_us = max(1, lasted_us // MARKS_MAX)
    while len(marks) > MARKS_MAX and cell_us <= 2 * max(1, lasted_us):
        marks = sorted(_merged(marks, cell_us), key=lambda mark: mark.from_us)
        cell_us *= 2
    return tuple(marks)


def tallied(names: Iterable[str]) -> str:
    """`3 × server.error, server.pong, and 2 more`: what came most often first."""
    counted = Counter(names).most_common()
    said = [name if number == 1 else f"{number} × {name}" for name, number in counted[:NAMES_TOLD_MAX]]
    more = sum(number for _, number in counted[NAMES_TOLD_MAX:])
    return ", ".join(said) + (f", and {more} more" if more else "")


def _merged(marks: Iterable[Mark], cell_us: int) -> Iterator[Mark]:
    groups: dict[Tone, list[Mark]] = {}
    for mark in marks:
        if mark.ends_us - mark.from_us > cell_us:
            yield mark
            continue
        group = groups.setdefault(mark.tone, [])
        if group and mark.from_us - group[0].from_us > cell_us:
            yield _one(group)
            group.clear()
        group.append(mark)
    for group in groups.values():
        yield _one(group)


def _one(group: list[Mark]) -> Mark:
    if len(group) == 1:
        return group[0]
    count = sum(mark.count for mark in group)
    ends_us = max(mark.ends_us for mark in group)
    names = [mark.label or mark.tone for mark in group for _ in range(mark.count)] if count < 10_000 else []
    return replace(group[0], to_us=ends_us, label=f"×{count}", what=f"{count} together: {tallied(names)}", count=count)
