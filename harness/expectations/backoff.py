"""Backoff: how long the client waited before each attempt to reconnect, measured on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.words import count, each, lasting, moment, ordinal
from harness.scenario.model import Backoff, Case, Tolerance
from harness.trace import Event, Trace
from harness.trace.query import Attempt, attempts

__all__ = ["Wait", "check", "waits"]

NAME = "backoff"

RETRY_AFTER_GRACE_US = 50_000
"""A server that says "in 3 s" does not mind 2.95 s: the answer was on its way as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """From a failure to the next attempt.

    `told_us` is the `backoff_delay` that the client announced for it, `retry_after_us` what the refusal before it asked.
    """

    failed_us: int
    next_us: int
    told_us: int | None = None
    retry_after_us: int | None = None

    @property
    def lasted_us(self) -> int:
        return self.next_us - self.failed_us


def waits(trace: Trace) -> tuple[Wait, ...]:
    """Every wait of the run, in order. A new attempt while the last connection was still well is no wait."""
    found = (_wait(trace, before, after) for before, after in pairwise(attempts(trace)))
    return tuple(wait for wait in found if wait is not None)


def _wait(trace: Trace, before: Attempt, after: Attempt) -> Wait | None:
    between = trace.events[before.began_index : after.began_index]
    reactions = [event for event in between if event.kind == "connection.reconnecting"]
    failed_us = _failed_us(before, after, between, reactions)
    if failed_us is None:
        return None
    told_s = reactions[-1].fields.get("backoff_delay") if reactions else None
    refused = before.end if before.end is not None and before.end.kind == "wire.refused" else None
    return Wait(
        failed_us=failed_us,
        next_us=after.began.at_us,
        told_us=round(told_s * 1e6) if isinstance(told_s, int | float) else None,
        retry_after_us=refused.fields.get("retry_after_us") if refused is not None else None,
    )


def _failed_us(before: Attempt, after: Attempt, between: tuple[Event, ...], reactions: list[Event]) -> int | None:
    """When the attempt before had failed, as far as the client could know.

    That is its end on the wire, or the client's own word that it is reconnecting where that came first: a dead link has
    no end that anybody sees, and a client may close it only when it dials again. Where there is neither, the last fault
    has to do.
    """
    ended = before.end is not None and before.end_index is not None and before.end_index < after.began_index
    known = [event.at_us for event in reactions[-1:]] + ([before.end.at_us] if ended and before.end else [])
    if known:
        return min(known)
    fired = [event.at_us for event in between if event.owner == "fault" and "do" in event.fields]
    return fired[-1] if fired else None


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    asked = case.expect.backoff
    if asked is None:
        return
    got = waits(trace)
    if asked.waits_us:
        yield _measured(asked, got)
        yield from _told(asked, got)
    if asked.retry_after_obeyed:
        yield _obeyed(got)


# ── the schedule ─────────────────────────────────────────────────────────────


def _measured(asked: Backoff, got: tuple[Wait, ...]) -> Finding:
    expected: dict[str, Any] = {"waits_us": list(asked.waits_us), "each": each(asked.each)}
    seen: dict[str, Any] = {"waits_us": [wait.lasted_us for wait in got]}
    wrong = [
        (number, us, wait)
        for number, (us, wait) in enumerate(zip(asked.waits_us, got, strict=False), start=1)
        if not _fits(us, wait, asked.each)
    ]
    if wrong:
        seen["wrong"] = [number for number, _, _ in wrong]
        number, us, wait = wrong[0]
        more = f", and {count(len(wrong) - 1, 'other')} were wrong too" if len(wrong) > 1 else ""
        sentence = (
            f"the {ordinal(number)} wait was {lasting(wait.lasted_us)} instead of {lasting(us)} {each(asked.each)}, "
            f"at {moment(wait.next_us)}{more}"
        )
        return broken(NAME, sentence, at_us=wait.next_us, expected=expected, got=seen)
    if len(got) < len(asked.waits_us):
        since = f" after the last one, at {moment(got[-1].next_us)}" if got else ""
        sentence = f"there were {count(len(got), 'wait')} instead of {len(asked.waits_us)}: no further attempt{since}"
        return broken(NAME, sentence, at_us=got[-1].next_us if got else None, expected=expected, got=seen)
    if len(got) > len(asked.waits_us):
        surplus = got[len(asked.waits_us)]
        sentence = (
            f"there were {count(len(got), 'wait')} instead of {len(asked.waits_us)}: one too many, "
            f"of {lasting(surplus.lasted_us)}, at {moment(surplus.next_us)}"
        )
        return broken(NAME, sentence, at_us=surplus.next_us, expected=expected, got=seen)
    sentence = f"{count(len(got), 'wait')}, each within {each(asked.each)}"
    return kept(NAME, sentence, expected=expected, got=seen)


def _fits(expected_us: int, wait: Wait, tolerance: Tolerance) -> bool:
    """Whether the wait is the schedule's. After a refusal that named a time the client may have waited for that time, or
    for both, one after the other."""
    low_us, high_us = _limits(expected_us, tolerance)
    hint_us = wait.retry_after_us or 0
    return low_us <= wait.lasted_us <= high_us + hint_us + (RETRY_AFTER_GRACE_US if hint_us else 0)


def _limits(expected_us: int, tolerance: Tolerance) -> tuple[float, float]:
    if tolerance.off_us is not None:
        return expected_us - tolerance.off_us, expected_us + tolerance.off_us
    low, high = (1.0 if share is None else share for share in (tolerance.share_min, tolerance.share_max))
    # A microsecond to either side: times are rounded to it.
    return expected_us * low - 1, expected_us * high + 1


def _told(asked: Backoff, got: tuple[Wait, ...]) -> Iterator[Finding]:
    for number, (expected_us, wait) in enumerate(zip(asked.waits_us, got, strict=False), start=1):
        if wait.told_us is None:
            continue
        low_us, high_us = _limits(expected_us, asked.each)
        if not low_us <= wait.told_us <= high_us:
            yield broken(
                NAME,
                f"the client announced a {ordinal(number)} wait of {lasting(wait.told_us)} instead of "
                f"{lasting(expected_us)} {each(asked.each)}, after {moment(wait.failed_us)}",
                at_us=wait.failed_us,
                expected=list(asked.waits_us),
                got=[each_wait.told_us for each_wait in got],
            )
            return


# ── what the server asked for ────────────────────────────────────────────────


def _obeyed(got: tuple[Wait, ...]) -> Finding:
    hinted = [(number, wait, wait.retry_after_us) for number, wait in enumerate(got, start=1) if wait.retry_after_us]
    for number, wait, asked_us in hinted:
        if wait.lasted_us < asked_us - RETRY_AFTER_GRACE_US:
            return broken(
                NAME,
                f"the {ordinal(number)} wait was {lasting(wait.lasted_us)}, and the server had asked for at least "
                f"{lasting(asked_us)}: too early by {lasting(asked_us - wait.lasted_us)}, at {moment(wait.next_us)}",
                at_us=wait.next_us,
                expected={"retry_after_us": asked_us},
                got={"waited_us": wait.lasted_us},
            )
    if not hinted:
        return broken(NAME, "no attempt after a refusal that named a time, so nothing could be obeyed")
    return kept(NAME, f"waited as long as the server asked, {count(len(hinted), 'time')}")
