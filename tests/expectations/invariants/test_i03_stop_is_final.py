from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i03_stop_is_final import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def test_a_run_in_which_nobody_hung_up_says_nothing() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().connects().at(5).ends())

    assert ruling.said is Said.NOT_APPLICABLE


def test_a_client_that_stays_down_keeps_it() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().connects().at(5).saw("run.disconnecting").at(65).ends())

    assert ruling.said is Said.KEPT


def test_an_attempt_in_flight_when_the_client_was_stopped_is_no_new_one() -> None:
    trace = TraceBuilder().saw("wire.attempt", 1).at(1).saw("run.disconnecting").saw("wire.abandoned", 1).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_client_that_dials_again_breaks_it() -> None:
    trace = TraceBuilder().connects().at(5).saw("run.disconnecting").at(7.5).connects(2).at(9).connects(3).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "attempt 2 began at 7.5 s, after disconnect() was called at 5 s, and 1 more"
    assert ruling.connections == (2, 3)
