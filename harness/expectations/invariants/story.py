"""What the invariants ask of a trace: what was lost, what the client said of it, and when it was told to stop.

Rules accuse other people's work, so what is doubtful here is left out: a loss that the client may not have seen yet, an
end after which the run was over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.scenario.limits import Limits
from harness.scenario.model import Case, Fault, ToxicAction
from harness.trace import Event, Trace
from harness.trace.query import Attempt, FaultSpan, attempts, fault_spans, find

__all__ = ["Drop", "Fired", "Story"]

NOT_TOLD = frozenset({"caller", "client", "fault", "run", "server", "wire"})
"""Owners of what harness, proxy and mock recorded; all else the client told."""

MUFFLING = frozenset({"blackhole", "toxic", "stop_reading", "stall"})
"""Actions under which what happens at one end of the wire is known at the other end later, or never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The end of an open connection that the client had not asked for, before it was told to stop.

    `index` is its place among the events, `again` the client's next attempt, None if there was none.
    """

    lost: Attempt
    at_us: int
    index: int
    again: Attempt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A fault that fired: what it was, and how long it held."""

    fault: Fault
    span: FaultSpan


class Story:
    """One trace, as the invariants read it. Everything here is computed once, when it is first asked for."""

    def __init__(self, trace: Trace, case: Case) -> None:
        self.trace = trace
        self.case = case

    # ── the client under test ────────────────────────────────────────────────

    @property
    def reconnects(self) -> bool:
        """Whether the client has a reconnect layer. A library that has none by design is not blamed for lacking it."""
        return bool(self.trace.header.client.get("reconnects", True))

    def tells(self, kind: str) -> bool:
        """Whether the client could have told events of this kind: what nobody can say cannot be missed."""
        told = self.trace.header.client.get("tells")
        return told is None or kind in told or f"{kind.partition('.')[0]}.*" in told

    # ── places ───────────────────────────────────────────────────────────────

    def place(self, event: Event) -> int:
        """Where this event stands; things that happen at one instant have an order, too."""
        return self._places[id(event)]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(event): index for index, event in enumerate(self.trace.events)}

    # ── the run ──────────────────────────────────────────────────────────────

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        return attempts(self.trace)

    @cached_property
    def ended_us(self) -> int:
        """The last moment of which the trace knows."""
        if self.trace.end is not None:
            return self.trace.end.at_us
        return self.trace.events[-1].at_us if self.trace.events else 0

    @cached_property
    def stop(self) -> Event | None:
        """`disconnect()` was called."""
        return next(iter(find(self.trace, "run.disconnecting")), None)

    @cached_property
    def stop_index(self) -> int:
        """The stop's place among the events; past the last one where there was none."""
        return len(self.trace.events) if self.stop is None else self.place(self.stop)

    @cached_property
    def failed(self) -> Event | None:
        """The client's last word: it has given up."""
        return next(iter(find(self.trace, "connection.failed")), None)

    @cached_property
    def drops(self) -> tuple[Drop, ...]:
        return tuple(self._drops())

    @cached_property
    def told(self) -> tuple[tuple[int, Event], ...]:
        """What the client itself told, with its places among the events."""
        return tuple((i, event) for i, event in enumerate(self.trace.events) if event.owner not in NOT_TOLD)

    @cached_property
    def fired(self) -> tuple[Fired, ...]:
        """The faults that fired, each time that they did."""
        return tuple(
            Fired(fault=fault, span=span) for fault in self.case.faults for span in fault_spans(self.trace, fault.id)
        )

    def open_at(self, at_us: int) -> tuple[int, ...]:
        """The connections that were open then, by their numbers."""
        return tuple(
            attempt.connection
            for attempt in self.attempts
            if attempt.opened_us is not None
            and attempt.opened_us <= at_us
            and (attempt.ended_us is None or attempt.ended_us > at_us)
        )

    def muffled(self, at_us: int) -> bool:
        """Whether the link was such that client and server may not have known of each other what happened then."""
        return any(
            self.muffles(fired.fault)
            and fired.span.from_us <= at_us
            and (fired.span.to_us is None or at_us <= fired.span.to_us + self.aftermath_us(fired.fault))
            for fired in self.fired
        )

    @staticmethod
    def muffles(fault: Fault) -> bool:
        """Whether a fault of this kind keeps one end of the wire from knowing what the other does."""
        return fault.do.kind in MUFFLING

    @staticmethod
    def aftermath_us(fault: Fault) -> int:
        """How long what a toxic held back is still on its way after the toxic is gone."""
        if isinstance(fault.do, ToxicAction) and fault.do.type == "latency":
            return 1_000 * (fault.do.attributes.get("latency", 0) + fault.do.attributes.get("jitter", 0))
        return 0

    def caller_us(self, size: int) -> int:
        """How long so many bytes of the caller's speech last."""
        return size * 1_000_000 // (2 * self.trace.header.audio_rates_hz["caller"])

    def had_proved_itself(self, drop: Drop, limits: Limits) -> bool:
        """Whether a connection had lived long enough for its loss to begin a new outage. A server that only lets in proves
        little: one that spoke, or wrote down what it heard, is believed sooner."""
        ready = drop.lost.ready
        needed_us = limits.stable_after_us if self.was_of_use(drop.lost) else limits.stable_unheard_after_us
        return ready is not None and drop.at_us - ready.at_us >= needed_us

    def was_of_use(self, attempt: Attempt) -> bool:
        """Whether the server spoke on this connection, or wrote down what it had heard."""
        return attempt.connection in self._useful

    @cached_property
    def _useful(self) -> frozenset[int | None]:
        return frozenset(e.connection for e in self.trace.events if e.owner == "server" and _is_of_use(e))

    def told_since(self, index: int, *owners: str) -> tuple[tuple[int, Event], ...]:
        """What the client told of these owners (`connection`, `error`) from this place on, with the places."""
        return tuple((place, event) for place, event in self.told if place > index and event.owner in owners)

    def attempts_between(self, from_index: int, to_index: int | None = None) -> tuple[Attempt, ...]:
        """The attempts that began between two places among the events."""
        end = len(self.trace.events) if to_index is None else to_index
        return tuple(attempt for attempt in self.attempts if from_index < attempt.began_index < end)

    def after(self, index: int, *kinds: str) -> Event | None:
        """The first event of these kinds behind this place."""
        return next((event for event in self.trace.events[index + 1 :] if event.kind in kinds), None)

    def lasted_to(self, at_us: int) -> bool:
        """Whether the run went on to this moment without the client being told to stop: else nothing can be said."""
        until_us = self.ended_us if self.stop is None else self.stop.at_us
        return until_us >= at_us

    @staticmethod
    def _has_taken_over(other: Attempt, attempt: Attempt, index: int) -> bool:
        """Whether another connection was in use when this one ended: then nobody misses it."""
        if other.ready is None or attempt.ended_us is None or other.ready.at_us > attempt.ended_us:
            return False
        return attempt.began_index < other.began_index < index and (other.end_index is None or other.end_index > index)

    def _drops(self) -> Iterator[Drop]:
        for attempt in self.attempts:
            end, index = attempt.end, attempt.end_index
            if end is None or index is None or attempt.opened_us is None or index > self.stop_index:
                continue
            if end.kind not in ("wire.closed", "wire.reset") or end.fields.get("by") == "client":
                continue
            if any(self._has_taken_over(other, attempt, index) for other in self.attempts):
                continue
            again = next((other for other in self.attempts if other.began_index > index), None)
            yield Drop(lost=attempt, at_us=end.at_us, index=index, again=again)


def _is_of_use(event: Event) -> bool:
    if event.fields.get("audio"):
        return True
    match event.kind, event.fields.get("channel"):
        case "server.Results", {"alternatives": [{"transcript": str(words)}, *_]}:
            return words != ""
        case "server.TurnInfo", _:
            return bool(event.fields.get("transcript"))
    return False
