"""The lane of connections: each attempt a bar, from its beginning to its end, with the code or the status that ended it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.words import lasting
from harness.reports.exhibit.marks import Mark, Tone
from harness.reports.exhibit.said import fields_in_short
from harness.trace import Event, Trace
from harness.trace.query import Attempt, attempts

__all__ = ["marks"]

SEEN = 400
"""A handshake that takes less than this part of the run cannot be seen in a drawing of it."""


def marks(trace: Trace, ended_us: int) -> Iterator[Mark]:
    for attempt in attempts(trace):
        began_us = attempt.began.at_us
        to_us = ended_us if attempt.ended_us is None else attempt.ended_us
        what = _story(attempt)
        if attempt.ready is not None and attempt.ready.at_us - began_us > ended_us // SEEN:
            yield Mark(from_us=began_us, to_us=attempt.ready.at_us, tone="busy", what=what)
            began_us = attempt.ready.at_us
        yield Mark(from_us=began_us, to_us=to_us, tone=_tone(attempt), label=_label(attempt), what=what)


def _tone(attempt: Attempt) -> Tone:
    if attempt.ready is not None:
        return "good"
    return "busy" if attempt.end is None else "bad"


def _label(attempt: Attempt) -> str:
    """`#2 → 1006`."""
    return f"#{attempt.connection}" + (f" → {_ended(attempt.end)}" if attempt.end is not None else "")


def _ended(end: Event) -> str:
    match end.kind:
        case "wire.closed":
            return str(end.fields.get("code"))[:20]
        case "wire.refused":
            status = end.fields.get("status")
            return "refused" if status is None else str(status)[:20]
        case _:
            return end.kind.partition(".")[2]


def _story(attempt: Attempt) -> str:
    """`connection 2: open after 824 µs, ready after 1.8 ms, closed after 3 s {by: "proxy", code: 1006}`."""
    began_us = attempt.began.at_us
    told: list[str] = []
    if attempt.opened_us is not None:
        told.append(f"open after {lasting(attempt.opened_us - began_us)}")
    if attempt.ready is not None:
        told.append(f"ready after {lasting(attempt.ready.at_us - began_us)}")
    if attempt.end is None:
        told.append("still there at the end")
    else:
        fields = fields_in_short(attempt.end.fields)
        ended = attempt.end.kind.partition(".")[2]
        told.append(f"{ended} after {lasting(attempt.end.at_us - began_us)}{' ' + fields if fields else ''}")
    return f"connection {attempt.connection}: {', '.join(told)}"
