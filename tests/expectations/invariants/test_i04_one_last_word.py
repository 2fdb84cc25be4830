from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i04_one_last_word import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def test_a_client_that_never_gave_up_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_silence_after_the_last_word_keeps_it() -> None:
    trace = TraceBuilder().saw("connection.failed", reason="503").saw("run.stream_ended").at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_errors_after_it_break_it() -> None:
    builder = TraceBuilder().at(3).saw("connection.failed", reason="503")
    for frame in range(900):
        builder.at(3 + frame * 0.02).saw("error", message="not connected")

    ruling = ruled(INVARIANT, builder.ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "after connection.failed at 3 s the client told 900 more: error"


def test_a_second_last_word_breaks_it() -> None:
    trace = TraceBuilder().saw("connection.failed").at(1).saw("connection.failed").ends()

    assert ruled(INVARIANT, trace).said is Said.BROKEN
