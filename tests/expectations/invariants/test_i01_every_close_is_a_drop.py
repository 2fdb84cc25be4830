from __future__ import annotations

import pytest

from harness.expectations.invariants import Said
from harness.expectations.invariants.i01_every_close_is_a_drop import INVARIANT
from harness.scenario.model import Blackhole, Fault, Trigger
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case


def closed(code: int) -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("wire.closed", 1, code=code, reason="", by="server")


def test_a_call_that_nobody_ended_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_a_close_that_the_client_sent_is_its_own() -> None:
    trace = TraceBuilder().connects().at(5).saw("wire.closed", 1, code=1000, reason="", by="client").at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1006, 1011])
def test_reconnecting_keeps_it_whatever_the_code(code: int) -> None:
    trace = closed(code).at(5.2).saw("connection.reconnecting", attempt=1).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_stream_that_ends_with_an_error_keeps_it() -> None:
    trace = closed(1011).at(5.1).saw("run.stream_ended", error="ConnectionClosedError: 1011").at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_stream_that_ends_without_a_word_breaks_it() -> None:
    ruling = ruled(INVARIANT, closed(1000).at(5.1).saw("run.stream_ended").at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence.startswith("the close 1000 at 5 s ended the client's stream as if it had hung up itself")


def test_a_stream_that_ended_and_goes_on_with_a_new_connection_keeps_it() -> None:
    trace = closed(1001).at(5.1).saw("run.stream_ended").at(5.6).connects(2).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_doing_nothing_at_all_breaks_it() -> None:
    ruling = ruled(INVARIANT, closed(1011).at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the close 1011 at 5 s was never noticed"


def test_saying_so_late_breaks_it() -> None:
    ruling = ruled(INVARIANT, closed(1011).at(9).saw("connection.reconnecting", attempt=1).at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the close 1011 at 5 s was answered only after 4 s, by connection.reconnecting"


def test_a_client_of_which_only_the_wire_is_known_may_dial_again_when_it_likes() -> None:
    trace = closed(1011).at(9).connects(2).at(20).ends()

    assert ruled(INVARIANT, trace, tells=()).said is Said.KEPT


def test_a_loss_at_the_very_end_is_left_open() -> None:
    assert ruled(INVARIANT, closed(1011).at(5.2).ends()).said is Said.UNDECIDED


def test_a_loss_that_the_client_could_not_see_is_left_open() -> None:
    mute = Fault(id="mute", trigger=Trigger(at_us=4_000_000), do=Blackhole())
    trace = (
        TraceBuilder(case(faults=(mute,)))
        .connects()
        .at(4)
        .saw("fault.mute", do="blackhole")
        .at(5)
        .saw("wire.closed", 1, code=1011, reason="", by="server")
        .at(60)
        .ends()
    )

    assert ruled(INVARIANT, trace).said is Said.UNDECIDED


def test_a_word_that_comes_before_the_end_of_the_closing_handshake_keeps_it() -> None:
    builder = TraceBuilder().connects().at(4.9).saw("connection.failed", reason="closed with 1011")
    trace = builder.at(5).saw("wire.closed", 1, code=1011, by="server").saw("run.stream_ended").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_hanging_up_in_the_moment_of_the_close_says_nothing() -> None:
    trace = closed(1000).saw("run.disconnecting").saw("run.stream_ended").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.UNDECIDED


def test_the_end_of_a_connection_that_was_replaced_says_nothing() -> None:
    trace = (
        TraceBuilder().connects().at(5).connects(2).at(6).saw("wire.closed", 1, code=1008, by="server").at(60).ends()
    )

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE
