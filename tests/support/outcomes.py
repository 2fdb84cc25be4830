"""Outcomes: what became of a run on the wire and for the client, and whether simulated runs know it.

Agreement on random schedules is membership: a single run may go several ways where two things happen at almost the same
time, so what really happened must be one of the ways that the simulation goes under jitter and late timers. An outcome
is the sequence of the `wire.*` events and that of the `connection.*` events, with their times. Close codes are coarse, and
an end without a close frame is one whether it came as FIN or as RST: how TCP connections end is held by
tests/conformance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.trace import Event, Trace

__all__ = ["AGREES_WITHIN_US", "Moment", "Outcome", "Story", "is_member", "outcome"]

AGREES_WITHIN_US = 300_000
"""Times of the real run may lie outside what the simulated runs span by this, and by as much as the host was late:
Toxiproxy's control port alone takes 0.2 s now and then (measured: p99 209 ms)."""

GOODBYES = (1000, 1001, 1005)


@dataclass(frozen=True, slots=True)
class Moment:
    what: str
    at_us: int


Story = tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened before `until_us`, when the watching ended: on the wire, and what the client told of it."""

    wire: Story
    connection: Story
    until_us: int

    @property
    def shape(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(m.what for m in self.wire), tuple(m.what for m in self.connection)


def outcome(trace: Trace) -> Outcome:
    """The outcome of a whole trace."""
    assert trace.end is not None
    return Outcome(
        wire=tuple(_moments(trace, "wire")),
        connection=tuple(_moments(trace, "connection")),
        until_us=trace.end.at_us,
    )


def is_member(real: Outcome, simulated: Sequence[Outcome], *, within_us: int = AGREES_WITHIN_US) -> bool:
    """Whether one way of the simulation is that of the real run, up to the last moments: what happened there may have
    fallen behind the end in the other."""
    until_us = real.until_us - within_us
    wire, connection = _before(real.wire, until_us), _before(real.connection, until_us)
    alike = [
        other
        for other in simulated
        if _goes_on_as(wire, other.wire, until_us - within_us)
        and _goes_on_as(connection, other.connection, until_us - within_us)
    ]
    return (
        bool(alike)
        and _in_time(wire, [other.wire for other in alike], within_us)
        and _in_time(connection, [other.connection for other in alike], within_us)
    )


def _goes_on_as(story: Story, other: Story, not_before_us: int) -> bool:
    """Whether `other` begins with the same, and goes on only at the end if it goes on."""
    same = [moment.what for moment in story] == [moment.what for moment in other[: len(story)]]
    return same and (len(other) == len(story) or other[len(story)].at_us >= not_before_us)


def _in_time(story: Story, others: Sequence[Story], within_us: int) -> bool:
    for index, moment in enumerate(story):
        times_us = [other[index].at_us for other in others]
        if not min(times_us) - within_us <= moment.at_us <= max(times_us) + within_us:
            return False
    return True


def _before(story: Story, until_us: int) -> Story:
    return tuple(moment for moment in story if moment.at_us < until_us)


def _moments(trace: Trace, owner: str) -> Iterator[Moment]:
    for event in trace.events:
        if event.owner == owner:
            yield Moment(_what(event), event.at_us)


def _what(event: Event) -> str:
    fields = event.fields
    match event.kind:
        case "wire.closed" | "wire.reset":
            return f"wire.over {event.connection} {_end(fields.get('code', 1006))} by {fields['by']}"
        case "wire.refused":
            return f"wire.refused {event.connection} {fields['status'] or 'tcp'}"
        case "connection.reconnecting":
            return f"connection.reconnecting {fields['attempt']} after {fields['backoff_delay']} s"
        case "connection.reconnected" | "connection.failed":
            return f"{event.kind} {fields['attempts']}"
        case _ if event.connection is not None:
            return f"{event.kind} {event.connection}"
        case kind:
            return kind


def _end(code: int) -> str:
    if code == 1006:
        return "lost"
    return "goodbye" if code in GOODBYES else "thrown out"
