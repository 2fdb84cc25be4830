from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i16_one_blip_is_no_end import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def blip(status: int | None = 503) -> TraceBuilder:
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")
    return builder.at(6).saw("wire.attempt", 2).saw("wire.refused", 2, status=status)


def test_an_attempt_that_comes_through_says_nothing() -> None:
    trace = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2).at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_another_attempt_keeps_it() -> None:
    assert ruled(INVARIANT, blip().at(8).connects(3).at(60).ends()).said is Said.KEPT


def test_giving_up_breaks_it() -> None:
    ruling = ruled(INVARIANT, blip().at(6.1).saw("connection.failed", reason="503").at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the first attempt after the loss at 5 s failed (503), and the client gave up at 6.1 s"


def test_silence_breaks_it() -> None:
    ruling = ruled(INVARIANT, blip(status=None).at(60).ends())

    assert ruling.said is Said.BROKEN
    assert (
        ruling.sentence
        == "the first attempt after the loss at 5 s failed (refused), and there was no other, and not a word"
    )


def test_a_refusal_for_good_is_no_blip() -> None:
    trace = blip(status=401).at(6.1).saw("connection.failed", reason="401").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_library_without_a_reconnect_layer_is_not_asked() -> None:
    assert ruled(INVARIANT, blip().at(60).ends(), reconnects=False).said is Said.NOT_APPLICABLE


def test_a_run_that_was_over_too_soon_is_left_open() -> None:
    assert ruled(INVARIANT, blip().at(8).ends()).said is Said.UNDECIDED


def test_a_key_that_is_refused_behind_the_upgrade_is_no_blip() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")
    builder.at(6).saw("wire.attempt", 2).saw("wire.open", 2)
    builder.saw("wire.closed", 2, code=1007, reason="API key not valid.", by="server")

    trace = builder.saw("connection.failed", reason="1007").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_connection_that_never_was_ready_is_not_lost_anew() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")
    for number in (2, 3):
        builder.at(4 + number).saw("wire.attempt", number).saw("wire.open", number)
        builder.saw("wire.reset", number, by="server")

    assert ruled(INVARIANT, builder.saw("connection.failed", reason="reset").at(60).ends()).said is Said.KEPT


def test_a_connection_that_died_young_may_have_had_the_last_attempt_but_one() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2)
    builder.at(7).saw("wire.reset", 2, by="proxy").at(9).saw("wire.attempt", 3).saw("wire.refused", 3, status=503)

    assert ruled(INVARIANT, builder.saw("connection.failed").at(60).ends()).said is Said.NOT_APPLICABLE
