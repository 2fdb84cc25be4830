from __future__ import annotations

from harness.expectations.invariants import Limits, Said
from harness.expectations.invariants.i12_no_busy_loop import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def attempts_every(seconds: float, times: int) -> TraceBuilder:
    builder = TraceBuilder()
    for number in range(1, times + 1):
        builder.at((number - 1) * seconds).refused(number)
    return builder


def test_one_attempt_says_nothing() -> None:
    assert ruled(INVARIANT, attempts_every(1, 1).ends()).said is Said.NOT_APPLICABLE


def test_an_attempt_a_second_keeps_it() -> None:
    assert ruled(INVARIANT, attempts_every(1.01, 60).ends()).said is Said.KEPT


def test_more_than_ten_in_ten_seconds_break_it() -> None:
    ruling = ruled(INVARIANT, attempts_every(0.2, 60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "11 attempts in 2 s, the last at 2 s"


def test_the_first_retry_may_be_immediate() -> None:
    trace = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy").connects(2).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_retrying_without_a_wait_again_and_again_breaks_it() -> None:
    ruling = ruled(INVARIANT, attempts_every(0, 4).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "2 attempts followed a failure without any wait, the first at 0 s"


def test_the_limits_are_open() -> None:
    assert ruled(INVARIANT, attempts_every(0.2, 60).ends(), Limits(attempts_max=100)).said is Said.KEPT


def test_an_immediate_first_retry_in_each_of_many_outages_keeps_it() -> None:
    builder = TraceBuilder().connects()
    for number in range(2, 8):
        builder.at(number * 10).saw("wire.reset", number - 1, by="proxy").connects(number)

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT


def test_a_move_from_a_connection_that_was_well_is_no_retry() -> None:
    builder = TraceBuilder().connects()
    for number in range(2, 8):
        builder.at(number * 10).saw("wire.closed", number - 1, code=1000, by="client").connects(number)

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT
