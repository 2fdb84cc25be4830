from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i27_bounded_backlog import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import CALLER_HZ, TraceBuilder

SECOND = CALLER_HZ * 2


def after_a_gap(gap_s: float) -> TraceBuilder:
    """The caller speaks on for `gap_s` while the line is down from 5 s on; then the second connection is ready."""
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy").said(0, round(gap_s * SECOND))
    return builder.connects(2)


def sends(builder: TraceBuilder, from_s: float, to_s: float) -> TraceBuilder:
    return builder.saw("client.audio", 2, audio=[[round(from_s * SECOND), round(to_s * SECOND)]])


def test_a_call_of_one_connection_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_two_seconds_in_a_burst_keep_it() -> None:
    assert ruled(INVARIANT, sends(after_a_gap(2), 0, 2).ends()).said is Said.KEPT


def test_a_minute_in_a_burst_breaks_it() -> None:
    ruling = ruled(INVARIANT, sends(after_a_gap(9), 0, 9).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "connection 2 was sent 9 s of speech in 0 ms"


def test_a_backlog_at_a_quarter_above_real_time_keeps_it() -> None:
    builder = after_a_gap(9)
    for piece in range(9):
        sends(builder.at(14 + piece / 1.25), piece, piece + 1)

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT


def test_speech_of_long_ago_breaks_it() -> None:
    ruling = ruled(INVARIANT, sends(after_a_gap(20), 0, 1).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "connection 2 was sent speech that was 20 s old, at 25 s"


def streams(builder: TraceBuilder, connection: int, *, undecoded: bool) -> TraceBuilder:
    told = {"undecoded": True} if undecoded else {}
    return builder.saw("client.Media", connection, bytes=640, audio=[], **told)


def test_a_head_that_is_not_sent_again_breaks_it() -> None:
    builder = streams(TraceBuilder().connects(), 1, undecoded=False).at(5).saw("wire.reset", 1, by="proxy")
    streams(builder.at(6).connects(2).at(7), 2, undecoded=True)

    ruling = ruled(INVARIANT, builder.at(20).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "connection 2 was sent audio from 7 s on of which the server could make nothing, as it could on connection 1: what "
        "stands at the head of the stream was not sent again"
    )


def test_audio_that_the_server_never_understood_is_no_matter_of_the_gap() -> None:
    builder = streams(TraceBuilder().connects(), 1, undecoded=True).at(5).saw("wire.reset", 1, by="proxy")
    streams(builder.at(6).connects(2).at(7), 2, undecoded=True)

    assert ruled(INVARIANT, builder.at(20).ends()).said is Said.KEPT
