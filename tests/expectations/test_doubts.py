from __future__ import annotations

import math
from typing import Any

import pytest

from harness.expectations.doubts import check, check_failed_times, is_of_a_slow_host, lateness_allowed_us
from harness.scenario.model import Backoff, Bound, Fault, Line, Matcher, Order, Reset, Timing, Tolerance, Trigger
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

CUT = Fault(id="cut", trigger=Trigger(at_us=0), do=Reset())
FIVE_PERCENT = Backoff(waits_us=(1_000_000, 2_000_000))


def doubts(trace: Trace, **asked: Any) -> list[str]:
    return [finding.sentence for finding in check(case(**asked), trace)]


def test_a_whole_run_on_a_quick_host_raises_no_doubt() -> None:
    assert doubts(TraceBuilder().at(3).ends(late_us=900), backoff=FIVE_PERCENT) == []


def test_half_a_trace_cannot_be_judged() -> None:
    assert doubts(TraceBuilder().connects(1).trace()) == ["the trace stops halfway: it has no last line"]


def test_an_interrupted_run_cannot_be_judged() -> None:
    assert doubts(TraceBuilder().at(3).ends("interrupted")) == ["the run was interrupted at 3 s"]


def test_a_client_that_dies_before_the_first_fault_proves_nothing() -> None:
    trace = TraceBuilder().at(3).ends("client-crashed", detail="ImportError: x")

    assert doubts(trace, faults=(CUT,)) == ["the client crashed at 3 s, before the first fault: ImportError: x"]


def test_a_client_that_dies_after_a_fault_can_be_judged() -> None:
    assert doubts(TraceBuilder().saw("fault.cut").at(3).ends("client-crashed"), faults=(CUT,)) == []


def test_a_client_that_dies_where_no_fault_was_meant_to_come_can_be_judged() -> None:
    assert doubts(TraceBuilder().at(3).ends("client-crashed")) == []


def test_a_host_that_is_later_than_the_tolerance_cannot_be_believed() -> None:
    (sentence,) = doubts(TraceBuilder().ends(late_us=60_000), backoff=FIVE_PERCENT)

    assert sentence.startswith("this host's timers were late by up to 60 ms, and what is asked bears 50 ms; ")


def test_lateness_adds_up_over_the_hops_where_a_time_has_failed() -> None:
    asked = case(backoff=FIVE_PERCENT)

    (finding,) = check_failed_times(asked, TraceBuilder(asked).ends(late_us=20_000))

    assert finding.sentence.startswith(
        "this host's timers were late by up to 20 ms, which adds up over 3 hops to 60 ms, and what is asked bears 50 ms; "
    )


def test_where_no_time_is_asked_for_a_slow_host_does_no_harm() -> None:
    assert doubts(TraceBuilder().ends(late_us=10_000_000)) == []


@pytest.mark.parametrize(
    ("asked", "allowed_us"),
    [
        ({}, math.inf),
        ({"backoff": FIVE_PERCENT}, 50_000),
        ({"backoff": Backoff(waits_us=(1_000_000,), each=Tolerance(off_us=20_000))}, 20_000),
        ({"timing": Timing(detected=Bound(op="<=", value=15_000_000))}, 1_500_000),
        ({"order": Order(lines=(Line(match=Matcher(event="wire.ready"), within_us=9_000_000),))}, 900_000),
        ({"timing": Timing(stopped=Bound(op=">=", value=0))}, math.inf),
    ],
)
def test_what_is_asked_says_how_late_a_host_may_be(asked: dict[str, Any], allowed_us: float) -> None:
    assert lateness_allowed_us(case(**asked).expect) == pytest.approx(allowed_us)


def test_a_client_that_did_not_stop_in_time_is_left_behind_only_where_the_host_kept_time() -> None:
    quick = TraceBuilder().at(5).ends("left-behind", detail="disconnect() did not return", late_us=20_000)
    slow = TraceBuilder().at(5).ends("left-behind", detail="disconnect() did not return", late_us=900_000)

    assert list(check(case(), quick)) == []
    assert [is_of_a_slow_host(finding) for finding in check(case(), slow)] == [True]
