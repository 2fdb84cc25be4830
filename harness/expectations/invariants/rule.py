"""Ruling on a trace by every invariant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.expectations.invariants.catalogue import INVARIANTS
from harness.expectations.invariants.limits import Limits
from harness.expectations.invariants.ruling import Invariant, Ruling, undecided
from harness.expectations.invariants.story import Story
from harness.scenario.model import Case
from harness.trace import Trace, redact

__all__ = ["rule"]


def rule(trace: Trace, case: Case, limits: Limits | None = None) -> Mapping[str, Ruling]:
    """What each invariant says of the trace, by number. It never raises, whatever the trace holds."""
    story, bounds = Story(trace, case), limits or Limits()
    return {number: _safely(invariant, story, bounds) for number, invariant in INVARIANTS.items()}


def _safely(invariant: Invariant, story: Story, limits: Limits) -> Ruling:
    try:
        ruling = invariant.check(story, limits)
    except Exception as error:
        ruling = undecided(f"the check itself failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
    # Sentences quote what client and server said, and go wherever reports go: nobody reads a key in them.
    return replace(ruling, sentence=redact(ruling.sentence), expected=redact(ruling.expected), got=redact(ruling.got))
