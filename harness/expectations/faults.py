"""Faults: what was meant to go wrong did go wrong, or nothing was tested."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.words import count, moment
from harness.scenario.model import Case
from harness.trace import Trace
from harness.trace.query import fault_spans, find

__all__ = ["FAULT_NOT_TRIGGERED", "check"]

NAME = "faults"
FAULT_NOT_TRIGGERED = "fault_not_triggered"


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    for fault in case.faults:
        spans = fault_spans(trace, fault.id)
        unfired = find(trace, f"fault.{fault.id}.unfired")
        why = f": {unfired[-1].fields['why']}" if unfired and "why" in unfired[-1].fields else ""
        if spans:
            times = count(len(spans), "time") if len(spans) > 1 else "once"
            yield kept(
                NAME,
                f"{fault.id} fired {times}, at {moment(spans[0].from_us)}",
                at_us=spans[0].from_us,
                got=[span.from_us for span in spans],
            )
        elif fault.allow_unfired:
            yield kept(NAME, f"{fault.id} never fired, as it may{why}", got=[])
        else:
            yield broken(NAME, f"{FAULT_NOT_TRIGGERED}: {fault.id} ({fault.do.kind}) never fired{why}", got=[])
