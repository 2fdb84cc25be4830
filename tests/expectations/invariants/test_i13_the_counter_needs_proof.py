from __future__ import annotations

from itertools import accumulate

from harness.expectations.invariants import Said
from harness.expectations.invariants.i13_the_counter_needs_proof import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def flapping(times: int, *, lives_s: float = 0.2, every_s: float = 0.5) -> TraceBuilder:
    builder = TraceBuilder()
    for number in range(1, times + 1):
        builder.at((number - 1) * every_s).connects(number)
        builder.at((number - 1) * every_s + lives_s).saw("wire.closed", number, code=1011, by="server")
    return builder


def test_one_short_life_says_nothing() -> None:
    assert ruled(INVARIANT, flapping(1).at(60).ends()).said is Said.NOT_APPLICABLE


def test_giving_up_after_some_keeps_it() -> None:
    assert ruled(INVARIANT, flapping(6).saw("connection.failed").at(60).ends()).said is Said.KEPT


def test_going_on_for_ever_breaks_it() -> None:
    ruling = ruled(INVARIANT, flapping(59).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "59 connections in a row died young, in 29 s, and the client still goes on at 29 s"


def test_connections_that_had_a_life_are_not_counted() -> None:
    assert ruled(INVARIANT, flapping(40, lives_s=8, every_s=10).ends()).said is Said.NOT_APPLICABLE


def test_slowing_down_for_ever_keeps_it() -> None:
    builder = TraceBuilder()
    for number, at_s in enumerate(accumulate((0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30)), start=1):
        builder.at(at_s).connects(number).at(at_s + 0.2).saw("wire.closed", number, code=1011, by="server")

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT


def test_connections_that_were_of_use_are_not_counted() -> None:
    """Whoever counts anew because of words that were understood does so for a reason."""
    builder = TraceBuilder()
    for number in range(1, 60):
        builder.at(number * 0.5).connects(number)
        if number % 2:
            builder.saw("server.Results", number, channel={"alternatives": [{"transcript": "hello"}]})
        builder.at(number * 0.5 + 0.2).saw("wire.closed", number, code=1011, by="server")

    assert ruled(INVARIANT, builder.ends()).said is Said.NOT_APPLICABLE
