from __future__ import annotations

import pytest

from harness.expectations.invariants import Said
from harness.expectations.invariants.i24_a_warning_is_heeded import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def warned(time_left: str = "10s") -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("server.goAway", 1, timeLeft=time_left)


def test_a_call_without_a_warning_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_moving_in_time_keeps_it() -> None:
    trace = warned().at(9).saw("wire.closed", 1, code=1000, by="client").connects(2).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_waiting_for_the_cut_breaks_it() -> None:
    trace = warned().at(15).saw("wire.closed", 1, code=1011, by="server").at(16).connects(2).at(30).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the server warned at 5 s that it would end the connection in 10 s, and the client moved only at 16 s"
    )


def test_not_moving_at_all_breaks_it() -> None:
    assert ruled(INVARIANT, warned().at(60).ends()).said is Said.BROKEN


def test_a_run_that_was_over_too_soon_is_left_open() -> None:
    assert ruled(INVARIANT, warned().at(7).ends()).said is Said.UNDECIDED


def test_a_library_without_a_reconnect_layer_is_not_asked() -> None:
    assert ruled(INVARIANT, warned().at(60).ends(), reconnects=False).said is Said.NOT_APPLICABLE


def test_a_cut_before_its_time_is_nobodys_neglect() -> None:
    trace = warned().at(7).saw("wire.reset", 1, by="proxy").at(8).connects(2).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.UNDECIDED


def moved() -> TraceBuilder:
    """Warned at 5 s, the client moved at 7 s."""
    return warned().at(7).saw("wire.closed", 1, code=1000, by="client").connects(2)


def test_moving_a_second_time_for_one_warning_breaks_it() -> None:
    trace = moved().at(9).saw("wire.closed", 2, code=1000, by="client").connects(3).at(30).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the server warned once, at 5 s, and the client moved twice: connection 2 was well when connection 3 was dialled at 9 s"
    )
    assert ruling.connections == (1, 2, 3)


def test_two_connections_for_one_warning_break_it() -> None:
    assert ruled(INVARIANT, moved().at(7.5).connects(3).at(30).ends()).said is Said.BROKEN


@pytest.mark.parametrize(
    ("kind", "connection"), [("server.goAway", 2), ("fault.cut", None), ("server.error", 2), ("error", None)]
)
def test_moving_again_for_a_reason_keeps_it(kind: str, connection: int | None) -> None:
    builder = moved().at(8).saw(kind, connection, timeLeft="0.5s")

    trace = builder.at(9).saw("wire.closed", 2, code=1000, by="client").connects(3).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_coming_back_from_a_loss_of_the_new_connection_is_no_second_move() -> None:
    trace = moved().at(8).saw("wire.closed", 2, code=1011, by="server").at(9).connects(3).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_an_attempt_that_failed_is_no_move() -> None:
    builder = warned().at(7).saw("wire.closed", 1, code=1000, by="client").refused(2)

    assert ruled(INVARIANT, builder.at(8).connects(3).at(30).ends()).said is Said.KEPT


def test_moving_again_much_later_is_another_story() -> None:
    trace = moved().at(20).saw("wire.closed", 2, code=1000, by="client").connects(3).at(30).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT
