from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i14_no_death_of_old_age import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def recycled(times: int) -> TraceBuilder:
    """A connection of 20 s, again and again; the client says that it has five attempts."""
    builder = TraceBuilder()
    for number in range(1, times + 1):
        builder.at((number - 1) * 21).connects(number)
        builder.at((number - 1) * 21 + 20).saw("wire.closed", number, code=1001, by="server")
        builder.saw("connection.reconnecting", attempt=1, max_attempts=5)
    return builder


def test_one_loss_says_nothing() -> None:
    assert ruled(INVARIANT, recycled(1).at(60).ends()).said is Said.NOT_APPLICABLE


def test_going_on_after_many_keeps_it() -> None:
    assert ruled(INVARIANT, recycled(40).at(900).connects(41).ends()).said is Said.KEPT


def test_giving_up_at_the_sixth_breaks_it() -> None:
    ruling = ruled(INVARIANT, recycled(6).saw("connection.failed", attempts=5).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the healthy connection 6 was lost at 125 s, and the client gave up after 0 attempts of 5"


def test_giving_up_with_all_attempts_used_keeps_it() -> None:
    builder = recycled(2)
    for number in range(3, 8):
        builder.at(40 + number).refused(number)

    assert ruled(INVARIANT, builder.saw("connection.failed", attempts=5).ends()).said is Said.KEPT


def untold(times: int) -> TraceBuilder:
    """The same of a client that does not say how many attempts it has."""
    builder = TraceBuilder()
    for number in range(1, times + 1):
        builder.at((number - 1) * 21).connects(number)
        builder.at((number - 1) * 21 + 20).saw("wire.closed", number, code=1001, reason="", by="server")
    return builder


def test_giving_up_at_once_what_was_dialled_again_before_breaks_it() -> None:
    ruling = ruled(INVARIANT, untold(4).saw("connection.failed").ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the healthy connection 4 was lost at 83 s, and the client gave up without an attempt, where it had made one after a "
        "loss of the same kind"
    )


def test_giving_up_after_an_end_of_another_kind_is_left_open() -> None:
    builder = untold(3).at(63).connects(4).at(83).saw("wire.closed", 4, code=1008, reason="no credit", by="server")

    assert ruled(INVARIANT, builder.saw("connection.failed").ends()).said is Said.UNDECIDED


def test_giving_up_after_some_attempts_is_left_open() -> None:
    builder = untold(3)

    assert ruled(INVARIANT, builder.at(64).refused(4).saw("connection.failed").ends()).said is Said.UNDECIDED
