"""Which cases are to be played once more, so that nobody is accused of what was seen once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.expectations.invariants import INVARIANTS
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.played import Played
from harness.scoreboard.table import LOST, MISSED, TIMES, Entry, Witness, witnesses

__all__ = ["WITNESSES_MAX", "to_play_again"]

WITNESSES_MAX = 3
"""So many cases are asked about one question; if none of them shows it every time, it is not reproduced."""


def to_play_again(entry: Entry) -> tuple[str, ...]:
    """The ids of the cases that are to be played once more, with another seed, before the table is drawn; empty when all
    that can be settled is. Of the cases that would do, those come first that settle the most questions at once."""
    open_ = [candidates for found in _questions(entry) if (candidates := _candidates(found))]
    useful = Counter(candidate.runs[0].case_id for candidates in open_ for candidate in candidates)
    chosen: dict[str, None] = {}
    for candidates in open_:
        if not any(candidate.runs[0].case_id in chosen for candidate in candidates):
            chosen[max(candidates, key=lambda each: _worth(each, useful)).runs[0].case_id] = None
    return tuple(chosen)


def _questions(entry: Entry) -> Iterable[tuple[Witness, ...]]:
    """The witnesses to each cell: one for each rule, and for each class of incidents and what happens in it."""
    for number in INVARIANTS:
        yield witnesses(entry.runs, number)
    for name in dict.fromkeys(name for run in entry.runs for name in run.classes):
        of_class = [run for run in entry.runs if name in run.classes]
        broken = tuple(witness for number in INCIDENT_CLASSES[name].rules for witness in witnesses(of_class, number))
        yield broken
        # A call that ends is what its makers meant where the library leaves reconnecting to its user.
        if entry.contender.reconnects and not any(witness.convicts for witness in broken):
            lost = witnesses(of_class, LOST)
            yield lost
            if not any(witness.convicts for witness in lost):
                yield witnesses(of_class, MISSED)


def _candidates(found: tuple[Witness, ...]) -> tuple[Witness, ...]:
    if any(witness.convicts for witness in found):
        return ()
    refuted = len({witness.runs[0].case_id for witness in found if not witness.is_steady})
    if refuted >= WITNESSES_MAX:
        return ()
    return tuple(witness for witness in found if witness.is_steady and len(witness.runs) < TIMES)


def _worth(witness: Witness, useful: Counter[str]) -> tuple[int, int, int]:
    run: Played = witness.runs[0]
    # One that has begun to tell goes on; otherwise the one that answers most, and of these the shortest.
    return len(witness.runs), useful[run.case_id], -run.lasted_us
