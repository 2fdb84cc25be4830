from __future__ import annotations

import pytest

from harness.expectations.invariants import Said
from harness.expectations.invariants.i05_every_outage_is_told import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def lost() -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")


def test_a_call_without_an_outage_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_reconnecting_then_reconnected_keeps_it() -> None:
    trace = (
        lost()
        .saw("connection.reconnecting", attempt=1)
        .at(6)
        .connects(2)
        .saw("connection.reconnected", attempts=1)
        .at(30)
        .ends()
    )

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_silent_recovery_breaks_it() -> None:
    ruling = ruled(INVARIANT, lost().at(5.1).connects(2).at(30).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the loss at 5 s was mended by 5.1 s, and the application was told nothing"


def test_never_saying_that_it_is_well_again_breaks_it() -> None:
    trace = lost().saw("connection.reconnecting", attempt=1).at(6).connects(2).at(30).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert (
        ruling.sentence == "connection 2 was ready at 6 s and lived for 24 s, and connection.reconnected was not told"
    )


def test_a_silent_death_breaks_it() -> None:
    ruling = ruled(INVARIANT, lost().at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "after the loss at 5 s the client did nothing and said nothing for 55 s"


def test_a_run_that_was_over_too_soon_is_left_open() -> None:
    assert ruled(INVARIANT, lost().at(7).ends()).said is Said.UNDECIDED


def test_a_client_of_which_only_the_wire_is_known_is_not_asked() -> None:
    assert ruled(INVARIANT, lost().at(5.1).connects(2).at(30).ends(), tells=()).said is Said.NOT_APPLICABLE


def test_a_library_without_a_reconnect_layer_owes_no_reconnected() -> None:
    trace = lost().at(5.1).saw("run.stream_ended", error="1006").connects(2).at(30).ends()

    assert ruled(INVARIANT, trace, reconnects=False).said is Said.KEPT


def test_being_well_again_before_the_server_says_ready_keeps_it() -> None:
    trace = (
        lost()
        .saw("connection.reconnecting", attempt=1)
        .saw("wire.attempt", 2)
        .saw("wire.open", 2)
        .saw("connection.reconnected", attempts=1)
        .saw("wire.ready", 2)
        .at(30)
        .ends()
    )

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_new_connection_that_the_client_leaves_for_another_need_not_be_called_well() -> None:
    builder = lost().saw("connection.reconnecting", attempt=1).connects(2)
    builder.at(8).saw("wire.closed", 2, code=1000, by="client").saw("connection.reconnecting", attempt=2)

    trace = builder.at(9).connects(3).saw("connection.reconnected", attempts=2).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_word_that_comes_just_behind_its_attempt_keeps_it() -> None:
    trace = (
        lost()
        .saw("wire.attempt", 2)
        .saw("connection.reconnecting", attempt=1)
        .saw("wire.open", 2)
        .saw("wire.ready", 2)
        .saw("connection.reconnected", attempts=1)
        .at(30)
        .ends()
    )

    assert ruled(INVARIANT, trace).said is Said.KEPT


@pytest.mark.parametrize("late_s", [0, 0.02])
def test_a_word_that_is_seen_behind_what_it_announces_keeps_it(late_s: float) -> None:
    """A connection may be ready at the moment at which it was dialled, before the word of it has come through a callback."""
    builder = lost().at(6).connects(2).at(6 + late_s).saw("connection.reconnecting", attempt=1)

    trace = builder.saw("connection.reconnected", attempts=1).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_word_that_comes_when_all_is_long_over_breaks_it() -> None:
    builder = lost().at(6).connects(2).at(7).saw("connection.reconnecting", attempt=1)

    trace = builder.saw("connection.reconnected", attempts=1).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.BROKEN


def refused_at_first() -> TraceBuilder:
    builder = TraceBuilder().saw("wire.attempt", 1).at(1).saw("wire.refused", 1, status=503)
    return builder.saw("run.connected").saw("run.state", state="connected")


def test_a_first_attempt_that_came_to_nothing_without_a_word_breaks_it() -> None:
    ruling = ruled(INVARIANT, refused_at_first().at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the attempt at 0 s came to nothing, and the client did nothing and said nothing for 59 s, as if it were connected"
    )


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("error", {"message": "HTTP 503"}),
        ("connection.failed", {"reason": "HTTP 503"}),
        ("run.stream_ended", {}),
        ("run.send_failed", {"error": "not connected"}),
        ("run.state", {"state": "error"}),
    ],
)
def test_one_word_of_it_is_enough(kind: str, fields: dict[str, str]) -> None:
    trace = refused_at_first().at(2).saw(kind, **fields).at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_connect_that_does_not_return_is_no_silence() -> None:
    trace = TraceBuilder().saw("wire.attempt", 1).at(1).saw("wire.refused", 1, status=503).at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_first_attempt_that_was_refused_just_now_is_not_judged() -> None:
    assert ruled(INVARIANT, refused_at_first().at(20).ends()).said is Said.NOT_APPLICABLE


def test_an_error_at_the_loss_is_a_word_as_well() -> None:
    trace = lost().saw("error", message="no close frame received or sent").at(6).connects(2).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


@pytest.mark.parametrize("at_s", [4, 7])
def test_an_error_of_another_time_is_no_word_of_the_outage(at_s: float) -> None:
    builder = TraceBuilder().connects()
    moments = [(at_s, "error"), (5, "lost"), (6, "again")]
    for moment_s, what in sorted(moments):
        builder.at(moment_s)
        match what:
            case "error":
                builder.saw("error", message="the tool failed")
            case "lost":
                builder.saw("wire.reset", 1, by="proxy")
            case "again":
                builder.connects(2)

    assert ruled(INVARIANT, builder.at(30).ends()).said is Said.BROKEN
