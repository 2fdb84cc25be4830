"""Questions to a trace: which events, which attempts to connect, when a fault held, when the client could be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.scenario.model import Matcher
from harness.trace.model import Event, Trace

__all__ = [
    "Attempt", "FaultSpan", "Outage", "Span", "attempts", "fault_spans", "find", "has_fields", "is_reaction", "matches", "nth_match",
    "outages", "state_changes", "usable_spans",
]  # fmt: skip

NUMBERS_AGREE_WITHIN = 1e-9
"""Numbers that came through JSON, or were computed in another order, are the same if they differ by less."""

USABLE_STATES = ("connected", "active")
"""The states in which a client lets its user speak (CONTRACT.md section 3)."""

ENDS_OF_AN_ATTEMPT = ("wire.refused", "wire.abandoned", "wire.closed", "wire.reset")


# ── events ───────────────────────────────────────────────────────────────────


def find(trace: Trace, *kinds: str, connection: int | None = None) -> tuple[Event, ...]:
    """The events of these kinds, in order; of one connection only, if it is given."""
    return tuple(e for e in trace.events if e.kind in kinds and connection in (None, e.connection))


def matches(matcher: Matcher, event: Event) -> bool:
    """Whether the event is of the matcher's kind and has its fields; `nth` is for those who count."""
    return event.kind == matcher.event and has_fields(event, matcher.fields)


def has_fields(event: Event, fields: Mapping[str, Any]) -> bool:
    """Whether the event has these fields: mappings may have more than is asked for, lists may not."""
    return _contains(event.fields, fields)


def is_reaction(event: Event) -> bool:
    """Whether this shows that the client knows of trouble: what it says of its connection, or what it does with it."""
    if event.kind in ("wire.closed", "wire.reset"):
        return event.fields.get("by") == "client"
    return event.owner == "connection" or event.kind in ("error", "wire.attempt", "wire.abandoned", "run.stream_ended")


def nth_match(trace: Trace, matcher: Matcher) -> Event | None:
    """The `nth` event in the run that matches."""
    hits = [event for event in trace.events if matches(matcher, event)]
    return hits[matcher.nth - 1] if len(hits) >= matcher.nth else None


def _contains(got: Any, asked: Any) -> bool:
    match asked:
        case Mapping():
            return isinstance(got, Mapping) and all(
                name in got and _contains(got[name], value) for name, value in asked.items()
            )
        case list() | tuple():
            return (
                isinstance(got, list | tuple)
                and len(got) == len(asked)
                and all(_contains(*pair) for pair in zip(got, asked, strict=True))
            )
        case bool():
            return got is asked
        case int() | float():
            return (
                isinstance(got, int | float)
                and not isinstance(got, bool)
                and abs(got - asked) <= NUMBERS_AGREE_WITHIN * max(1.0, abs(asked))
            )
        case _:
            return bool(got == asked)


# ── attempts to connect ──────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of the client to open its session's connection, and what became of it.

    `began` and `end` are the events themselves; `began_index` and `end_index` their places in the trace, since things
    that happen at one instant have an order, too. `end` is None while the connection lives.
    """

    connection: int
    began: Event
    began_index: int
    opened_us: int | None = None
    ready: Event | None = None
    end: Event | None = None
    end_index: int | None = None

    @property
    def ended_us(self) -> int | None:
        return None if self.end is None else self.end.at_us


def attempts(trace: Trace) -> tuple[Attempt, ...]:
    """The attempts in the order in which they began."""
    found: dict[int | None, Attempt] = {}
    for index, event in enumerate(trace.events):
        attempt = found.get(event.connection)
        if event.kind == "wire.attempt":
            found[event.connection] = Attempt(connection=event.connection or 0, began=event, began_index=index)
        elif attempt is None or attempt.end is not None:
            continue
        elif event.kind == "wire.open":
            found[event.connection] = replace(attempt, opened_us=event.at_us)
        elif event.kind == "wire.ready" and attempt.ready is None:
            found[event.connection] = replace(attempt, ready=event)
        elif event.kind in ENDS_OF_AN_ATTEMPT:
            found[event.connection] = replace(attempt, end=event, end_index=index)
    return tuple(found.values())


# ── stretches of time ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time; `to_us` is None where it lasted to the end of the trace."""

    from_us: int
    to_us: int | None

    def holds(self, at_us: int) -> bool:
        return self.from_us <= at_us and (self.to_us is None or at_us < self.to_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpan:
    """A fault in force, from firing to healing. A fault of a moment is never healed: its `to_us` is None as well."""

    id: str
    fired: Event
    to_us: int | None

    @property
    def from_us(self) -> int:
        return self.fired.at_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """From the end of the connection that was in use to the next one that is ready, if there is one."""

    began_us: int
    healed_us: int | None
    lost: Attempt


def fault_spans(trace: Trace, fault_id: str) -> tuple[FaultSpan, ...]:
    """Each time this fault fired, in order."""
    spans: list[FaultSpan] = []
    for event in trace.events:
        if event.kind == f"fault.{fault_id}":
            spans.append(FaultSpan(id=fault_id, fired=event, to_us=None))
        elif event.kind == f"fault.{fault_id}.healed" and spans and spans[-1].to_us is None:
            spans[-1] = FaultSpan(id=fault_id, fired=spans[-1].fired, to_us=event.at_us)
    return tuple(spans)


def outages(trace: Trace) -> tuple[Outage, ...]:
    """The times between two usable connections, in order; a switch that overlaps is none."""
    ready = [attempt for attempt in attempts(trace) if attempt.ready is not None]
    found: list[Outage] = []
    for attempt, following in zip(ready, [*ready[1:], None], strict=True):
        if attempt.ended_us is None:
            continue
        healed_us = following.ready.at_us if following is not None and following.ready is not None else None
        if healed_us is None or healed_us > attempt.ended_us:
            found.append(Outage(began_us=attempt.ended_us, healed_us=healed_us, lost=attempt))
    return tuple(found)


def state_changes(trace: Trace) -> tuple[tuple[int, str], ...]:
    """When the client's own state changed, and to what."""
    return tuple((event.at_us, str(event.fields.get("state"))) for event in find(trace, "run.state"))


def usable_spans(trace: Trace) -> tuple[Span, ...]:
    """When the client claimed that it could be used, or that it soon could again: connected, active, or reconnecting.

    What is said in these times the client has promised to deliver. After `connection.failed`, and once it was asked to
    disconnect, it promises nothing any more.
    """
    spans: list[Span] = []
    since_us: int | None = None
    for at_us, usable in _claims(trace):
        if usable and since_us is None:
            since_us = at_us
        elif not usable and since_us is not None:
            spans.append(Span(from_us=since_us, to_us=at_us))
            since_us = None
    if since_us is not None:
        spans.append(Span(from_us=since_us, to_us=None))
    return tuple(spans)


def _claims(trace: Trace) -> Iterator[tuple[int, bool]]:
    reconnecting = False
    for event in trace.events:
        match event.kind:
            case "run.connected":
                yield event.at_us, True
            case "connection.reconnecting":
                reconnecting = True
                yield event.at_us, True
            case "connection.reconnected":
                reconnecting = False
                yield event.at_us, True
            case "run.state" if event.fields.get("state") in USABLE_STATES:
                yield event.at_us, True
            case "run.state" if event.fields.get("state") != "connecting" and not reconnecting:
                yield event.at_us, False
            case "connection.failed" | "run.disconnecting":
                yield event.at_us, False
                return
