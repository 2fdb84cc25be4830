"""What an invariant says of a trace written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.expectations.invariants import Invariant, Limits, Ruling, Story
from harness.scenario.model import Case
from harness.trace import Trace

__all__ = ["ruled"]


def ruled(
    invariant: Invariant,
    trace: Trace,
    limits: Limits | None = None,
    *,
    reconnects: bool = True,
    tells: Sequence[str] | None = None,
) -> Ruling:
    """`reconnects` and `tells` are what can be expected of the client; None for everything."""
    client = {"reconnects": reconnects} | ({} if tells is None else {"tells": list(tells)})
    trace = replace(trace, header=replace(trace.header, client=client))
    return invariant.check(Story(trace, Case.model_validate(trace.header.case)), limits or Limits())
