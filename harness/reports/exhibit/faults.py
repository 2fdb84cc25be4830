"""The faults: their lane, and the evidence that each of them fired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.expectations.words import count, lasting, moment, named
from harness.reports.exhibit.marks import Mark
from harness.reports.exhibit.said import fields_in_short, without_secrets
from harness.scenario.model import Case, Fault
from harness.trace import Trace
from harness.trace.query import FaultSpan, fault_spans, find

__all__ = ["FaultEvidence", "evidence", "marks"]

SPANS_TOLD_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEvidence:
    """One fault of the scenario, in words.

    Attributes:
        asked: When it was to happen.
        fired: When it did; empty if it never did.
        healed: When it was over.
        excused: It was allowed not to fire.
        why_not: Why it did not fire, if that is known.
    """

    id: str
    does: str
    asked: str
    fired: str = ""
    healed: str = ""
    excused: bool = False
    why_not: str = ""


def marks(trace: Trace, case: Case, ended_us: int) -> Iterator[Mark]:
    for fault in case.faults:
        for span in fault_spans(trace, fault.id):
            yield Mark(
                from_us=span.from_us,
                to_us=_to_us(fault, span, ended_us),
                tone="fault",
                label=fault.id,
                what=f"fault {fault.id}: {_does(fault)}{_on(span)}",
            )


def evidence(trace: Trace, case: Case) -> tuple[FaultEvidence, ...]:
    return tuple(_evidence(trace, fault) for fault in case.faults)


def _evidence(trace: Trace, fault: Fault) -> FaultEvidence:
    spans = fault_spans(trace, fault.id)
    unfired = find(trace, f"fault.{fault.id}.unfired")
    return FaultEvidence(
        id=fault.id,
        does=_does(fault),
        asked=_asked(fault),
        fired=_listed([f"{moment(span.from_us)}{_on(span)}" for span in spans]),
        healed=_healed(fault, spans),
        excused=fault.allow_unfired,
        why_not=without_secrets(str(unfired[-1].fields.get("why", ""))) if unfired else "",
    )


def _to_us(fault: Fault, span: FaultSpan, ended_us: int) -> int | None:
    """A fault of a moment is over at once, one that lasts and was not healed holds to the end."""
    return span.to_us if span.to_us is not None else ended_us if fault.do.lasting else None


def _healed(fault: Fault, spans: tuple[FaultSpan, ...]) -> str:
    if not fault.do.lasting:
        return "at once" if spans else ""
    return _listed([moment(span.to_us) if span.to_us is not None else "never" for span in spans])


def _does(fault: Fault) -> str:
    """`close {code: 1001}`, `reset`."""
    fields = fields_in_short(fault.do.model_dump(mode="json", exclude_defaults=True, exclude={"kind"}))
    return f"{fault.do.kind} {fields}" if fields else fault.do.kind


def _asked(fault: Fault) -> str:
    """`at 3 s`, `1 s after fault.warn`."""
    trigger = fault.trigger
    if trigger.at_us is not None:
        return f"at {moment(trigger.at_us)}"
    when = named(trigger.when) if trigger.when is not None else "the beginning"
    return f"{lasting(trigger.after_us)} after {when}" if trigger.after_us else f"when {when}"


def _on(span: FaultSpan) -> str:
    return f" on connection {span.fired.connection}" if span.fired.connection is not None else ""


def _listed(told: list[str]) -> str:
    more = len(told) - SPANS_TOLD_MAX
    return ", ".join(told[:SPANS_TOLD_MAX]) + (f", and {count(more, 'more time')}" if more > 0 else "")
