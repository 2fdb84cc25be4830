from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i09_bounded_noise import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def lost() -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")


def test_a_call_without_an_outage_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_an_error_for_the_loss_and_one_for_each_attempt_keep_it() -> None:
    builder = lost().saw("error", message="lost")
    for attempt in (2, 3, 4):
        builder.at(4 + attempt).refused(attempt).saw("error", message="refused")

    assert ruled(INVARIANT, builder.at(10).connects(5).ends()).said is Said.KEPT


def test_an_error_for_each_frame_breaks_it() -> None:
    builder = lost()
    for frame in range(450):
        builder.at(5 + frame * 0.02).saw("error", message="not connected")

    ruling = ruled(INVARIANT, builder.ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the loss at 5 s was told in 450 errors, with 0 attempts"


def test_a_word_for_the_cause_and_one_for_each_attempt_keep_it() -> None:
    builder = lost()
    for attempt in (2, 3, 4):
        builder.at(4 + attempt).saw("error", message="refused with 503").refused(attempt)
        builder.saw("error", message=f"attempt {attempt} failed")

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT


def test_three_words_for_each_attempt_break_it() -> None:
    builder = lost()
    for attempt in (2, 3, 4):
        builder.at(4 + attempt).refused(attempt)
        for word in ("no", "no", "no"):
            builder.saw("error", message=word)

    assert ruled(INVARIANT, builder.ends()).said is Said.BROKEN
