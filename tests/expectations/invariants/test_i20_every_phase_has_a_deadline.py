from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i20_every_phase_has_a_deadline import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def test_attempts_that_come_through_say_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(60).ends()).said is Said.NOT_APPLICABLE


def test_giving_a_mute_upgrade_up_keeps_it() -> None:
    trace = TraceBuilder().saw("wire.attempt", 1).at(10).saw("wire.abandoned", 1).at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_waiting_for_the_answer_to_the_upgrade_breaks_it() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().saw("wire.attempt", 1).at(45).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "attempt 1, begun at 0 s, waited 45 s for the answer to its upgrade"


def test_waiting_for_the_ready_message_breaks_it() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().saw("wire.attempt", 1).at(1).saw("wire.open", 1).at(45).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "attempt 1, begun at 0 s, waited 44 s for the session to be ready"


def test_a_client_that_was_stopped_meanwhile_is_not_asked() -> None:
    trace = TraceBuilder().saw("wire.attempt", 1).at(2).saw("run.disconnecting").at(45).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_session_that_was_confirmed_is_ready() -> None:
    builder = TraceBuilder().saw("wire.attempt", 1).saw("wire.open", 1).at(1).saw("server.session.updated", 1)

    assert ruled(INVARIANT, builder.at(60).ends()).said is Said.NOT_APPLICABLE
