from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i17_the_first_retry_is_quick import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def lost(at_s: float = 10) -> TraceBuilder:
    return TraceBuilder().connects().at(at_s).saw("wire.closed", 1, code=1011, by="server")


def test_a_young_connection_says_nothing() -> None:
    assert ruled(INVARIANT, lost(at_s=2).at(9).connects(2).ends()).said is Said.NOT_APPLICABLE


def test_a_retry_within_a_second_keeps_it() -> None:
    assert ruled(INVARIANT, lost().at(11).connects(2).at(20).ends()).said is Said.KEPT


def test_four_seconds_of_deafness_break_it() -> None:
    ruling = ruled(INVARIANT, lost().at(14).connects(2).at(20).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the healthy connection 1 was lost at 10 s, and the first attempt came 4 s later"


def test_a_wait_that_the_provider_asked_for_is_not_the_clients() -> None:
    trace = lost().saw("connection.reconnecting", attempt=1, rate_limit_wait=20.0).at(30).connects(2).at(40).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE
