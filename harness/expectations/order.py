"""Order: these events in this order; others may come between.

Each line means the first event after the line above that matches it (with `nth`, the n-th). So `gap` says that the
event did not come sooner: a later one that comes late enough does not make up for an early one. Only where a line is
optional, it is left out if the rest of the order can hold no other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.words import count, fields_said, lasting, meets, moment, named, span_limit
from harness.scenario.model import Case, Line, Matcher
from harness.trace import Event, Trace
from harness.trace.query import matches

__all__ = ["check"]

NAME = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A line and the events that it stands for, as places in the trace; none for an optional line left out."""

    line: Line
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """The line at which the order does not go on, and why, as a sentence."""

    number: int
    sentence: str
    at_us: int | None


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    order = case.expect.order
    if order is None:
        return
    expected = [_said(line) for line in order.lines]
    found = _Search(order.lines, trace.events).place(0, -1)
    if isinstance(found, Stuck):
        yield broken(NAME, found.sentence, at_us=found.at_us, expected=expected, got={"kept": found.number})
        return
    places = [place for placed in found for place in placed.places]
    extra = _first_extra(order.lines, trace.events, set(places)) if order.exactly else None
    if extra is not None:
        yield broken(
            NAME,
            f"{extra.kind} came at {moment(extra.at_us)}{_told(extra)}, and the order allows no other {extra.owner} event",
            at_us=extra.at_us,
            expected=expected,
        )
        return
    got = [{"at_us": trace.events[place].at_us, "kind": trace.events[place].kind} for place in places]
    yield kept(NAME, f"{count(len(order.lines), 'line')} in order", expected=expected, got=got)


class _Search:
    """Places the lines one after the other. Where a line goes depends only on where the one above it ended, so what was
    found from there is kept: many optional lines stay cheap."""

    def __init__(self, lines: tuple[Line, ...], events: tuple[Event, ...]) -> None:
        self._lines = lines
        self._events = events
        self._known: dict[tuple[int, int], list[Placed] | Stuck] = {}

    def place(self, number: int, after: int) -> list[Placed] | Stuck:
        """The lines from `number` on, among the events behind the place `after`."""
        if number == len(self._lines):
            return []
        key = (number, after)
        if key not in self._known:
            self._known[key] = self._place(number, after)
        return self._known[key]

    def _place(self, number: int, after: int) -> list[Placed] | Stuck:
        line = self._lines[number]
        places = self._first_places(line, after)
        stuck: Stuck | None = self._too_soon_or_late(number, line, after, places) if places else None
        if places and stuck is None:
            rest = self.place(number + 1, max(places))
            if not isinstance(rest, Stuck):
                return [Placed(line=line, places=places), *rest]
            stuck = rest
        if line.optional:
            rest = self.place(number + 1, after)
            if not isinstance(rest, Stuck):
                return [Placed(line=line, places=()), *rest]
            # Of two ways to get stuck the one that got further tells more.
            return rest if stuck is None or rest.number > stuck.number else stuck
        return stuck or self._missing(number, line, after)

    def _first_places(self, line: Line, after: int) -> tuple[int, ...]:
        """Where the line stands; empty if it does not."""
        if line.match is None:
            return self._group(line.any_order, after)
        left = line.match.nth
        for place in range(after + 1, len(self._events)):
            if matches(line.match, self._events[place]):
                left -= 1
                if left == 0:
                    return (place,)
        return ()

    def _group(self, members: tuple[Matcher, ...], after: int) -> tuple[int, ...]:
        """The earliest end at which every member has an event of its own: a bipartite matching that grows event by event."""
        holder: dict[int, int] = {}

        def seat(place: int, tried: set[int]) -> bool:
            for member, matcher in enumerate(members):
                if member in tried or not matches(matcher, self._events[place]):
                    continue
                tried.add(member)
                if member not in holder or seat(holder[member], tried):
                    holder[member] = place
                    return True
            return False

        for place in range(after + 1, len(self._events)):
            if seat(place, set()) and len(holder) == len(members):
                return tuple(sorted(holder.values()))
        return ()

    def _too_soon_or_late(self, number: int, line: Line, after: int, places: tuple[int, ...]) -> Stuck | None:
        above_us = self._events[after].at_us if after >= 0 else 0
        first, last = self._events[min(places)], self._events[max(places)]
        if line.gap is not None and not meets(line.gap, first.at_us - above_us):
            return Stuck(
                number=number,
                sentence=f"{_said(line)} came {lasting(first.at_us - above_us)} after {self._above(after)}, "
                f"not {span_limit(line.gap)}, at {moment(first.at_us)}",
                at_us=first.at_us,
            )
        if line.within_us is not None and last.at_us - above_us > line.within_us:
            return Stuck(
                number=number,
                sentence=f"{_said(line)} came {lasting(last.at_us - above_us)} after {self._above(after)}, "
                f"not within {lasting(line.within_us)}, at {moment(last.at_us)}",
                at_us=last.at_us,
            )
        return None

    def _missing(self, number: int, line: Line, after: int) -> Stuck:
        above_us = self._events[after].at_us if after >= 0 else 0
        wanted = {line.match.event} if line.match is not None else {matcher.event for matcher in line.any_order}
        like_it = [event for event in self._events[after + 1 :] if event.kind in wanted]
        nearest = (
            f"; the next {like_it[0].kind} came at {moment(like_it[0].at_us)}{_told(like_it[0])}" if like_it else ""
        )
        return Stuck(
            number=number,
            sentence=f"no {_said(line)} came after {self._above(after)} (at {moment(above_us)}){nearest}",
            at_us=like_it[0].at_us if like_it else above_us,
        )

    def _above(self, after: int) -> str:
        return "the beginning" if after < 0 else self._events[after].kind


def _first_extra(lines: tuple[Line, ...], events: tuple[Event, ...], placed: set[int]) -> Event | None:
    named_events = [
        matcher.event for line in lines for matcher in (*((line.match,) if line.match else ()), *line.any_order)
    ]
    owners = {event.partition(".")[0] for event in named_events}
    return next((event for place, event in enumerate(events) if place not in placed and event.owner in owners), None)


def _said(line: Line) -> str:
    if line.match is not None:
        return named(line.match)
    return "all of " + ", ".join(named(matcher) for matcher in line.any_order)


def _told(event: Event) -> str:
    told = fields_said(event.fields)
    return f" with {told}" if told else ""
