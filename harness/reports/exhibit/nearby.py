"""What happened around the moment that a finding speaks of: the last events before it and the first ones after it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.expectations import Judgement
from harness.reports.exhibit.broke import broke_us
from harness.reports.exhibit.said import said
from harness.trace import Event, Trace

__all__ = ["Nearby", "nearby"]

BEFORE_MAX = 8
AFTER_MAX = 8

LOOKED_AT_MAX = 2_000
"""Frames of audio are passed over; past so many of them there is nothing near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """An event, or several of one kind in a row. `at_the_moment`: it is of the very microsecond that the finding names."""

    at_us: int
    what: str
    at_the_moment: bool = False


def nearby(trace: Trace, judgement: Judgement) -> tuple[Nearby, ...]:
    """Nothing for a run that passed, or whose first reason has no moment."""
    at_us = broke_us(judgement)
    if at_us is None:
        return ()
    begins = bisect_left(trace.events, at_us, key=_at)
    ends = bisect_right(trace.events, at_us, key=_at)
    before = list(_rows(reversed(trace.events[max(0, begins - LOOKED_AT_MAX) : begins]), BEFORE_MAX, at_us))
    after = _rows(trace.events[begins : ends + LOOKED_AT_MAX], AFTER_MAX, at_us)
    return (*reversed(before), *after)


def _rows(events: Iterable[Event], rows_max: int, at_us: int) -> Iterator[Nearby]:
    """Frames of audio in a row are one row, whatever their number."""
    rows = 0
    frames: list[Event] = []
    for event in events:
        if "audio" in event.fields and (not frames or frames[0].kind == event.kind):
            frames.append(event)
            continue
        if frames:
            yield _row(frames, at_us)
            rows += 1
        frames = [event] if "audio" in event.fields else []
        if rows >= rows_max:
            return
        if not frames:
            yield _row([event], at_us)
            rows += 1
        if rows >= rows_max:
            return
    if frames:
        yield _row(frames, at_us)


def _row(events: list[Event], at_us: int) -> Nearby:
    first = min(events, key=_at)
    what = said(first) if len(events) == 1 else f"{len(events)} × {first.kind}"
    return Nearby(at_us=first.at_us, what=what, at_the_moment=first.at_us == at_us)


def _at(event: Event) -> int:
    return event.at_us
