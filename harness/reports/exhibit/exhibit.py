"""The exhibit of one run."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expectations import Judgement
from harness.reports.exhibit.faults import FaultEvidence, evidence
from harness.reports.exhibit.host import Host, host
from harness.reports.exhibit.nearby import Nearby, nearby
from harness.reports.exhibit.order import OrderLine, order_lines
from harness.reports.exhibit.timeline import Timeline, timeline
from harness.scenario.model import Case
from harness.trace import Trace

__all__ = ["Exhibit", "exhibit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What is laid before the reader of a report.

    Attributes:
        order: The two columns of an order that was broken; else nothing.
        nearby: What happened around the moment that the first reason names; nothing for a pass.
        trouble: Why there is no more of it: a trace that was made by other rules may have other fields. Empty otherwise.
    """

    timeline: Timeline | None = None
    faults: tuple[FaultEvidence, ...] = ()
    order: tuple[OrderLine, ...] = ()
    nearby: tuple[Nearby, ...] = ()
    host: Host | None = None
    trouble: str = ""


def exhibit(trace: Trace, judgement: Judgement) -> Exhibit:
    """It never raises, whatever the trace holds: a verdict must not be lost because it cannot be drawn."""
    try:
        case = Case.model_validate(trace.header.case)
        return Exhibit(
            timeline=timeline(trace, case, judgement),
            faults=evidence(trace, case),
            order=order_lines(trace, case, judgement),
            nearby=nearby(trace, judgement),
            host=host(trace, case),
        )
    except Exception as error:
        what = " ".join(str(error).split())[:300]
        return Exhibit(trouble=f"this trace cannot be drawn: {type(error).__name__}: {what}")
