"""Never: events that must not happen, at all or until something else has."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.words import fields_said, moment, named
from harness.scenario.model import Case, Never
from harness.trace import Event, Trace
from harness.trace.query import matches

__all__ = ["check"]

NAME = "never"


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    for never in case.expect.never:
        what = named(never.match)
        until = f" before {named(never.until)}" if never.until is not None else ""
        hits = [event for event in _watched(never, trace) if matches(never.match, event)]
        if len(hits) < never.match.nth:
            yield kept(NAME, f"no {what}{until}")
            continue
        hit = hits[never.match.nth - 1]
        more = len(hits) - never.match.nth
        yield broken(
            NAME,
            f"{what} came{until}, at {moment(hit.at_us)}{f', and {more} more' if more else ''}{_told(hit, what)}",
            at_us=hit.at_us,
            expected=[],
            got=[event.at_us for event in hits],
        )


def _watched(never: Never, trace: Trace) -> Iterator[Event]:
    seen = 0
    for event in trace.events:
        if never.until is not None and matches(never.until, event):
            seen += 1
            if seen == never.until.nth:
                return
        yield event


def _told(event: Event, what: str) -> str:
    """What the event said for itself, such as the reason of a failure."""
    told = fields_said(event.fields)
    return f": {told}" if told and told not in what else ""
