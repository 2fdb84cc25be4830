"""Timings: what a run on the real clock took, one number of each kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from statistics import median

from harness.expectations.backoff import waits
from harness.expectations.timing import first_audio_us
from harness.trace import Trace
from harness.trace.query import attempts, find, outages

__all__ = ["KINDS", "timings_us"]


def timings_us(trace: Trace) -> Mapping[str, int]:
    """How long each kind of thing took in this run, in microseconds; a kind that did not come to its end is left out.

    One number a run: several of one run would all be late together, and no test could count them as independent.
    """
    return {kind: round(took) for kind, of_run in KINDS.items() if (took := of_run(trace)) is not None}


def _ready_us(trace: Trace) -> float | None:
    first = next(iter(attempts(trace)), None)
    return first.ready.at_us - first.began.at_us if first is not None and first.ready is not None else None


def _outages_us(trace: Trace) -> float | None:
    spans = [outage.healed_us - outage.began_us for outage in outages(trace) if outage.healed_us is not None]
    return sum(spans) if spans and len(spans) == len(outages(trace)) else None


def _waits_us(trace: Trace) -> float | None:
    found = waits(trace)
    return sum(wait.lasted_us for wait in found) if found else None


def _first_audio_us(trace: Trace) -> float | None:
    answered = [took for took in first_audio_us(trace) if isfinite(took)]
    return median(answered) if answered else None


def _hang_up_us(trace: Trace) -> float | None:
    return next(_hang_ups_us(trace), None)


def _hang_ups_us(trace: Trace) -> Iterator[float]:
    called = find(trace, "run.disconnecting")
    for returned in find(trace, "run.disconnected"):
        if called:
            yield returned.at_us - called[0].at_us


KINDS: Mapping[str, Callable[[Trace], float | None]] = {
    "ready": _ready_us,
    "outage": _outages_us,
    "waits": _waits_us,
    "first audio": _first_audio_us,
    "hang-up": _hang_up_us,
}
"""`ready`: the first attempt → the session can be used. `outage`: all outages together. `waits`: all waits together.
`first audio`: the caller is done → the agent is heard, the median of the run's turns. `hang-up`: disconnect()."""
