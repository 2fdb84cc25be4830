"""Ruling on a trace by every invariant.

A broken one fails the run, unless its scenario breaks it on purpose. One that is not applicable, or cannot be decided,
is told as that, and neither helps nor harms: nobody asked for it in this scenario.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.invariants.catalogue import INVARIANTS
from harness.expectations.invariants.ruling import Invariant, Ruling, Said, undecided
from harness.expectations.invariants.story import Story
from harness.scenario.limits import Limits
from harness.scenario.model import Case
from harness.trace import Trace, redact

__all__ = ["findings", "is_timed", "rule"]

NAME = "invariants"


def rule(trace: Trace, case: Case, limits: Limits | None = None) -> Mapping[str, Ruling]:
    """What each invariant says of the trace, by number. It never raises, whatever the trace holds."""
    story, bounds = Story(trace, case), limits or Limits()
    return {number: _safely(invariant, story, bounds) for number, invariant in INVARIANTS.items()}


def findings(rulings: Mapping[str, Ruling], *, excepted: Collection[str] = ()) -> Iterator[Finding]:
    """What the rulings mean for the run: a finding under its number for each broken one, and one for all the rest."""
    for number, ruling in rulings.items():
        if ruling.said is Said.BROKEN and number not in excepted:
            yield broken(number, ruling.sentence, at_us=ruling.at_us, expected=ruling.expected, got=ruling.got)
    said = Counter(ruling.said for ruling in rulings.values())
    yield kept(NAME, ", ".join(f"{said[each]} {each.value}" for each in Said if said[each]))


def is_timed(expectation: str) -> bool:
    """Whether this is the number of an invariant that a late host can break."""
    return expectation in INVARIANTS and INVARIANTS[expectation].timed


def _safely(invariant: Invariant, story: Story, limits: Limits) -> Ruling:
    try:
        ruling = invariant.check(story, limits)
    except Exception as error:
        ruling = undecided(f"the check itself failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
    # Sentences quote what client and server said, and go wherever reports go: nobody reads a key in them.
    return replace(ruling, sentence=redact(ruling.sentence), expected=redact(ruling.expected), got=redact(ruling.got))
