from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i02_one_live_connection import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def test_one_connection_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_one_after_the_other_keeps_it() -> None:
    trace = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_the_news_of_a_hang_up_may_arrive_a_little_later() -> None:
    trace = (
        TraceBuilder().connects().at(5).connects(2).at(5.1).saw("wire.closed", 1, code=1000, by="client").at(9).ends()
    )

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_two_at_once_break_it() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().connects().at(5).connects(2).at(9).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "connection 2 was opened at 5 s, and connection 1 lived on for 4 s"
    assert ruling.connections == (1, 2)
