"""Timing: how fast the agent answers, and how fast the client notices trouble, gets over it, and stops."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from harness.expectations.finding import Finding, broken, kept, undecided
from harness.expectations.words import count, lasting, meets, moment, span_limit
from harness.scenario.model import Bound, Case
from harness.trace import Event, Trace
from harness.trace.query import FaultSpan, attempts, fault_spans, find, is_reaction

__all__ = ["check", "first_audio_us"]

NAME = "timing"

NEVER_US = math.inf


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    asked = case.expect.timing
    if asked is None:
        return
    if asked.first_audio:
        yield from _first_audio(asked.first_audio, trace)
    if asked.detected is not None:
        yield _detected(asked.detected, case, trace)
    if asked.recovered is not None:
        yield _recovered(asked.recovered, case, trace)
    if asked.stopped is not None:
        yield _stopped(asked.stopped, trace)


# ── first_audio: the end of the caller's turn to the first audio of the answer ─


def _first_audio(bounds: dict[str, Bound], trace: Trace) -> Iterator[Finding]:
    patience_us = max(bound.value for bound in bounds.values())
    samples = sorted(first_audio_us(trace, patience_us=patience_us))
    if not samples:
        yield undecided(NAME, "the caller ended no turn that could have been answered, so nothing could be measured")
        return
    for statistic, bound in bounds.items():
        got_us = _statistic(statistic, samples)
        expected = {statistic: span_limit(bound)}
        got = {statistic: None if got_us == NEVER_US else got_us, "answers": len(samples)}
        took = "no answer came" if got_us == NEVER_US else f"the first audio took {lasting(got_us)}"
        sentence = f"{took} ({statistic} of {count(len(samples), 'turn')})"
        if meets(bound, got_us):
            yield kept(NAME, sentence, expected=expected, got=got)
        else:
            yield broken(NAME, f"{sentence} instead of {span_limit(bound)}", expected=expected, got=got)


def first_audio_us(trace: Trace, *, patience_us: float = 0) -> tuple[float, ...]:
    """For each turn of the caller how long the first audio of its answer took; infinite where the next turn began first.

    A last turn that ended less than `patience_us` before the run did is left out if it was not answered.
    """
    ended_us = trace.end.at_us if trace.end is not None else trace.events[-1].at_us if trace.events else 0
    samples: list[float] = []
    for place, event in enumerate(trace.events):
        if event.kind != "caller.paused":
            continue
        answer_us, interrupted = _answered(trace.events[place + 1 :])
        if answer_us is not None:
            samples.append(answer_us - event.at_us)
        elif interrupted or ended_us - event.at_us >= patience_us:
            samples.append(NEVER_US)
    return tuple(samples)


def _answered(events: tuple[Event, ...]) -> tuple[int | None, bool]:
    """When the answer was first heard, and whether the caller spoke again before that.

    Audio that the server had sent before the turn ended belongs to an older answer, though it may arrive later.
    """
    answer_begins: int | None = None
    for event in events:
        parts = event.fields.get("audio") or []
        if event.kind == "caller.speaking":
            return None, True
        if event.owner == "server" and parts and answer_begins is None:
            answer_begins = parts[0][0]
        if (
            event.kind == "audio.output"
            and answer_begins is not None
            and any(part[1] > answer_begins for part in parts)
        ):
            return event.at_us, False
    return None, False


def _statistic(name: str, samples: list[float]) -> float:
    """`max`, or `pNN` by nearest rank: the smallest sample that NN % of them do not exceed."""
    if name == "max":
        return samples[-1]
    if not name.startswith("p") or not name[1:].isdigit() or not 0 < int(name[1:]) <= 100:
        raise ValueError(f"there is no statistic {name!r}: there is max, and p1 to p100")
    return samples[math.ceil(len(samples) * int(name[1:]) / 100) - 1]


# ── detected: a fault begins to the client's first reaction ──────────────────


def _detected(bound: Bound, case: Case, trace: Trace) -> Finding:
    spans = _spans(case, trace)
    if not spans:
        return undecided(NAME, "no fault fired, so nothing could be detected")
    slowest, slowest_us = spans[0], -1.0
    for span in spans:
        took_us = next((event.at_us - span.from_us for event in _after(trace, span) if is_reaction(event)), NEVER_US)
        if took_us > slowest_us:
            slowest, slowest_us = span, took_us
    return _bounded(
        "detected", bound, slowest_us, f"{slowest.id} at {moment(slowest.from_us)} was", "noticed", slowest.from_us
    )


def _after(trace: Trace, span: FaultSpan) -> tuple[Event, ...]:
    return trace.events[trace.events.index(span.fired) + 1 :]


# ── recovered: the faults are healed to the next connection that is ready ────


def _recovered(bound: Bound, case: Case, trace: Trace) -> Finding:
    healings = _healings(case, trace)
    if not healings:
        return undecided(NAME, "no fault was healed, so there was nothing to recover from")
    slowest_us, since_us = -1.0, 0
    for healing in healings:
        took_us = _recovery_us(trace, healing)
        if took_us > slowest_us:
            slowest_us, since_us = took_us, healing.at_us
    return _bounded("recovered", bound, slowest_us, f"after {moment(since_us)} the client was", "ready again", since_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Healing:
    """A moment at which no fault is in force any more. A fault `of_a_moment` is over as soon as it has fired, and what
    it does to the connection comes afterwards."""

    at_us: int
    of_a_moment: bool


def _healings(case: Case, trace: Trace) -> list[_Healing]:
    lasts = {fault.id: fault.do.lasting for fault in case.faults}
    ends = [(span, span.to_us if lasts[span.id] else span.from_us) for span in _spans(case, trace)]
    return [
        _Healing(at_us=at_us, of_a_moment=not lasts[span.id])
        for span, at_us in ends
        if at_us is not None
        and not any(other.from_us <= at_us and (end is None or end > at_us) for other, end in ends if lasts[other.id])
    ]


def _recovery_us(trace: Trace, healing: _Healing) -> float:
    """To the next `wire.ready`; nothing where a connection was well and lived on."""
    hung_up = find(trace, "run.disconnecting")
    for attempt in attempts(trace):
        if attempt.ready is None:
            continue
        if attempt.ready.at_us > healing.at_us:
            return attempt.ready.at_us - healing.at_us
        ended_us = NEVER_US if attempt.ended_us is None else attempt.ended_us
        stayed_until_us = hung_up[0].at_us if hung_up else NEVER_US
        lived_on = ended_us >= stayed_until_us if healing.of_a_moment else ended_us > healing.at_us
        if lived_on and not _reconnecting(trace, healing.at_us):
            return 0
    return NEVER_US


def _reconnecting(trace: Trace, at_us: int) -> bool:
    told = [
        e
        for e in find(trace, "connection.reconnecting", "connection.reconnected", "connection.failed")
        if e.at_us <= at_us
    ]
    return bool(told) and told[-1].kind != "connection.reconnected"


# ── stopped: disconnect() called to returned ─────────────────────────────────


def _stopped(bound: Bound, trace: Trace) -> Finding:
    called = find(trace, "run.disconnecting")
    if not called:
        return undecided(NAME, "nobody called disconnect(), so it could not be measured")
    returned = find(trace, "run.disconnected", "run.disconnect_failed")
    since_us = called[0].at_us
    took_us = next((event.at_us - since_us for event in returned if event.at_us >= since_us), NEVER_US)
    return _bounded("stopped", bound, took_us, f"disconnect(), called at {moment(since_us)},", "returned", since_us)


def _bounded(what: str, bound: Bound, got_us: float, subject: str, verb: str, at_us: int) -> Finding:
    expected, got = {what: span_limit(bound)}, {what: None if got_us == NEVER_US else got_us}
    story = f"{subject} never {verb}" if got_us == NEVER_US else f"{subject} {verb} in {lasting(got_us)}"
    if meets(bound, got_us):
        return kept(NAME, story, at_us=at_us, expected=expected, got=got)
    return broken(NAME, f"{story} instead of {span_limit(bound)}", at_us=at_us, expected=expected, got=got)


def _spans(case: Case, trace: Trace) -> list[FaultSpan]:
    return [span for fault in case.faults for span in fault_spans(trace, fault.id)]
