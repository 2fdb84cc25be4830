"""What an invariant says of a trace written by hand."""

from __future__ import annotations

from harness.expectations.invariants import Invariant, Limits, Ruling, Story
from harness.scenario.model import Case
from harness.trace import Trace

__all__ = ["ruled"]


def ruled(invariant: Invariant, trace: Trace, limits: Limits | None = None) -> Ruling:
    story = Story(trace, Case.model_validate(trace.header.case))
    return invariant.check(story, limits or Limits())
