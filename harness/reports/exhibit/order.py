"""The order, as two columns: what was asked for, line by line, and what came, with the first place where they part."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from harness.expectations import Finding, Judgement, Verdict
from harness.expectations import order as expectation
from harness.reports.exhibit.said import said
from harness.scenario.model import Case, Line, Order
from harness.trace import Event, Trace

__all__ = ["OrderLine", "Place", "order_lines"]

INSTEAD_MAX = 6
"""What came in the place of the missing line, as far as one looks."""


class Place(Enum):
    """Where a line stands. `DIVERGED`: here the two columns part. `UNREACHED`: nobody looked, since they had parted above."""

    KEPT = "kept"
    LEFT_OUT = "left out, as it may be"
    DIVERGED = "diverged"
    INSTEAD = "came instead"
    UNREACHED = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """`expected` or `got` is empty where one column has nothing beside the other."""

    place: Place
    expected: str = ""
    got: str = ""
    at_us: int | None = None


def order_lines(trace: Trace, case: Case, judgement: Judgement) -> tuple[OrderLine, ...]:
    """The two columns of a broken order; nothing for one that was kept."""
    asked = case.expect.order
    broken = next((f for f in judgement.findings if f.expectation == "order" and f.verdict is Verdict.FAIL), None)
    if asked is None or broken is None:
        return ()
    return tuple(_columns(trace, case, asked, broken))


def _columns(trace: Trace, case: Case, asked: Order, broken: Finding) -> Iterator[OrderLine]:
    told: list[str] = broken.expected if isinstance(broken.expected, list) else []
    kept = broken.got["kept"] if isinstance(broken.got, dict) else len(asked.lines)
    events = _kept_events(trace, case, asked, kept)
    following = 1 + max((place for place, _ in events), default=-1)
    for line, expected in zip(asked.lines[:kept], told, strict=False):
        taken = _taken(line, events)
        yield OrderLine(
            place=Place.KEPT if taken else Place.LEFT_OUT,
            expected=expected,
            got=", ".join(said(event) for event in taken),
            at_us=taken[-1].at_us if taken else None,
        )
    if kept == len(asked.lines):
        yield OrderLine(place=Place.DIVERGED, got=broken.sentence, at_us=broken.at_us)
        return
    yield OrderLine(place=Place.DIVERGED, expected=told[kept], got=broken.sentence, at_us=broken.at_us)
    owners = {name.partition(".")[0] for line in asked.lines for name in _names(line)}
    later = (event for event in trace.events[following:] if event.owner in owners)
    for event in itertools.islice(later, INSTEAD_MAX):
        yield OrderLine(place=Place.INSTEAD, got=said(event), at_us=event.at_us)
    for expected in told[kept + 1 :]:
        yield OrderLine(place=Place.UNREACHED, expected=expected)


def _kept_events(trace: Trace, case: Case, asked: Order, kept: int) -> list[tuple[int, Event]]:
    """The events that the first lines stand for, each with its place in the trace: the expectation itself says which, asked
    for these lines only."""
    if not kept:
        return []
    first = Order(lines=asked.lines[:kept])
    shortened = case.model_copy(update={"expect": case.expect.model_copy(update={"order": first})})
    found = next(iter(expectation.check(shortened, trace)), None)
    if found is None or found.verdict is not Verdict.PASS:
        return []
    told = [(each["at_us"], each["kind"]) for each in found.got]
    events: list[tuple[int, Event]] = []
    following = enumerate(trace.events)
    for asked_for in told:
        events.extend(itertools.islice((each for each in following if _key(each[1]) == asked_for), 1))
    return events


def _taken(line: Line, events: list[tuple[int, Event]]) -> list[Event]:
    """Takes from `events` those that are this line's."""
    wanted = [*_names(line)]
    taken: list[Event] = []
    while events and events[0][1].kind in wanted:
        _, event = events.pop(0)
        wanted.remove(event.kind)
        taken.append(event)
    return taken


def _key(event: Event) -> tuple[int, str]:
    return event.at_us, event.kind


def _names(line: Line) -> Iterator[str]:
    if line.match is not None:
        yield line.match.event
    yield from (member.event for member in line.any_order)
