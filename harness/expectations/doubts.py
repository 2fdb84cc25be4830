"""Doubts: why a run cannot be judged at all, whatever its checks say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.expectations.finding import Finding, undecided
from harness.expectations.words import lasting, moment
from harness.scenario.model import Bound, Case, Expect
from harness.trace import Trace
from harness.trace.query import fault_spans

__all__ = ["check", "check_failed_times", "is_of_a_slow_host", "lateness_allowed_us", "may_be_the_hosts"]

NAME = "run"
LATE = "late_us"

SHARE_OF_A_BOUND = 0.1
"""A bound on a time has no tolerance of its own; a host that is late by a tenth of it can tip it."""

HOPS = 3
"""News of a loss goes from the mock through the proxy to the client, and the client's own timer comes on top: a host that is
late by so much at each of them adds it up. (Seen: a wait 62 ms too long on a host that was late by 39 ms at worst.)"""


GOODBYE_BEARS_US = 250_000
"""A client has seconds to stop when a run is over; a host that is late by so much in each step of it uses them up itself."""

RULES_BEAR_US = 100_000
"""A tenth of the shortest time in an invariant."""


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    end = trace.end
    if end is None:
        yield undecided(NAME, "the trace stops halfway: it has no last line")
        return
    if end.why == "interrupted":
        yield undecided(NAME, f"the run was interrupted at {moment(end.at_us)}", at_us=end.at_us)
    if end.why == "client-crashed" and case.faults and not any(fault_spans(trace, fault.id) for fault in case.faults):
        told = f": {end.detail}" if end.detail else ""
        yield undecided(
            NAME, f"the client crashed at {moment(end.at_us)}, before the first fault{told}", at_us=end.at_us
        )
    allowed_us = lateness_allowed_us(case.expect)
    if end.why == "left-behind":
        allowed_us = min(allowed_us, GOODBYE_BEARS_US)
    if end.late_us > allowed_us:
        yield _too_late(end.late_us, allowed_us)


def check_failed_times(case: Case, trace: Trace) -> Iterator[Finding]:
    """Where times are what failed, and nothing else: whether the host's lateness, added up over the hops, explains it.

    The times may be those that the scenario asks for, or those in the invariants, which bear `RULES_BEAR_US`.
    """
    if may_be_the_hosts(case, trace):
        yield _too_late(_late_us(trace), _times_bear_us(case), hops=HOPS)


def may_be_the_hosts(case: Case, trace: Trace) -> bool:
    """Whether this host was late enough to make a time fail that is asked for. What else failed may follow from that: a
    connection that is not there yet when the fault comes is another story from there on."""
    return _late_us(trace) * HOPS > _times_bear_us(case)


def _late_us(trace: Trace) -> int:
    return trace.end.late_us if trace.end is not None else 0


def _times_bear_us(case: Case) -> float:
    return min(lateness_allowed_us(case.expect), RULES_BEAR_US)


def _too_late(late_us: int, allowed_us: float, *, hops: int = 1) -> Finding:
    adds_up = f", which adds up over {hops} hops to {lasting(late_us * hops)}" if hops > 1 else ""
    return undecided(
        NAME,
        f"this host's timers were late by up to {lasting(late_us)}{adds_up}, and what is asked bears {lasting(allowed_us)}; "
        "run it on the virtual clock, or on a host with less to do",
        expected={LATE: allowed_us},
        got={LATE: late_us},
    )


def is_of_a_slow_host(finding: Finding) -> bool:
    """Whether it says that this host was too slow: then the same run may well say more another time."""
    return finding.expectation == NAME and isinstance(finding.got, dict) and LATE in finding.got


def lateness_allowed_us(expect: Expect) -> float:
    """How late the host may be before the times that the scenario asks for say nothing; infinite if it asks for none."""
    return min(_slacks_us(expect), default=math.inf)


def _slacks_us(expect: Expect) -> Iterator[float]:
    if expect.backoff is not None:
        each = expect.backoff.each
        for wait_us in expect.backoff.waits_us:
            if each.off_us is not None:
                yield each.off_us
            else:
                low, high = (1.0 if share is None else share for share in (each.share_min, each.share_max))
                yield max(high - 1, 1 - low) * wait_us
    for bound in _time_bounds(expect):
        if bound.value > 0:
            yield bound.value * SHARE_OF_A_BOUND


def _time_bounds(expect: Expect) -> Iterator[Bound]:
    for line in expect.order.lines if expect.order is not None else ():
        if line.gap is not None:
            yield line.gap
        if line.within_us is not None:
            yield Bound(op="<=", value=line.within_us)
    if expect.timing is not None:
        yield from expect.timing.first_audio.values()
        for bound in (expect.timing.detected, expect.timing.recovered, expect.timing.stopped):
            if bound is not None:
                yield bound
