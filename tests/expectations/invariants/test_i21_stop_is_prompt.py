from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i21_stop_is_prompt import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def stopped() -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("run.disconnecting")


def test_a_call_that_nobody_ended_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_returning_in_time_keeps_it() -> None:
    assert ruled(INVARIANT, stopped().at(5.3).saw("run.disconnected").at(9).ends()).said is Said.KEPT


def test_returning_late_breaks_it() -> None:
    ruling = ruled(INVARIANT, stopped().at(15).saw("run.disconnected").at(20).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "disconnect(), called at 5 s, returned only after 10 s"


def test_not_returning_at_all_breaks_it() -> None:
    assert (
        ruled(INVARIANT, stopped().at(26).ends()).sentence == "disconnect(), called at 5 s, has not returned after 21 s"
    )


def test_a_run_that_was_over_too_soon_is_left_open() -> None:
    assert ruled(INVARIANT, stopped().at(6).ends()).said is Said.UNDECIDED
