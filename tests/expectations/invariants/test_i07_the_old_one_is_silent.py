from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i07_the_old_one_is_silent import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def straggling() -> TraceBuilder:
    """The old connection still speaks at 6 s, a second after the new one was up."""
    return TraceBuilder().connects().at(5).connects(2).at(6).saw("server.audio", 1, audio=[[0, 4800]])


def test_a_switch_without_stragglers_says_nothing() -> None:
    trace = TraceBuilder().connects().at(5).connects(2).at(6).saw("server.audio", 2, audio=[[0, 4800]]).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_straggler_that_nobody_hears_keeps_it() -> None:
    trace = straggling().at(7).saw("audio.output", audio=[[9600, 14400]]).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_straggler_that_is_played_breaks_it() -> None:
    ruling = ruled(INVARIANT, straggling().at(6.1).saw("audio.output", audio=[[0, 4800]]).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "audio that connection 1 sent at 6 s, when connection 2 was up, was played at 6.1 s"
