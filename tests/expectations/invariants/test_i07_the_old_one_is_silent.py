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


def test_a_part_of_a_straggler_is_enough_to_break_it() -> None:
    trace = straggling().at(6.1).saw("audio.output", audio=[[3000, 9600]]).ends()

    assert ruled(INVARIANT, trace).said is Said.BROKEN


def test_audio_that_the_old_one_sent_before_the_switch_may_be_played_behind_it() -> None:
    builder = TraceBuilder().connects().at(4.9).saw("server.audio", 1, audio=[[0, 4800]]).at(5).connects(2)

    trace = builder.at(5.1).saw("audio.output", audio=[[0, 4800]]).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_while_the_new_one_is_not_ready_the_old_one_may_speak() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.attempt", 2).saw("wire.open", 2)
    builder.at(6).saw("server.audio", 1, audio=[[0, 4800]]).at(6.1).saw("audio.output", audio=[[0, 4800]])

    assert ruled(INVARIANT, builder.at(7).saw("wire.ready", 2).ends()).said is Said.NOT_APPLICABLE


def test_what_both_connections_say_cannot_be_told_apart() -> None:
    builder = straggling().saw("server.audio", 2, audio=[[0, 4800]])

    trace = builder.at(6.1).saw("audio.output", audio=[[0, 4800]]).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_later_straggler_breaks_it_after_a_first_one_that_was_thrown_away() -> None:
    builder = straggling().at(8).saw("server.audio", 1, audio=[[4800, 9600]])

    ruling = ruled(INVARIANT, builder.at(8.1).saw("audio.output", audio=[[4800, 9600]]).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.at_us == 8_100_000


def test_the_last_but_one_of_three_connections_is_an_old_one_as_well() -> None:
    builder = TraceBuilder().connects().at(5).connects(2).at(9).connects(3)
    builder.at(10).saw("server.audio", 2, audio=[[0, 4800]]).at(10.1).saw("audio.output", audio=[[0, 4800]])

    assert ruled(INVARIANT, builder.ends()).connections == (2, 3)


def test_a_client_whose_playing_nobody_knows_is_not_asked() -> None:
    assert ruled(INVARIANT, straggling().ends(), tells=("connection.*",)).said is Said.NOT_APPLICABLE
