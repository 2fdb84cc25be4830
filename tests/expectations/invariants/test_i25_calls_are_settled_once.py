from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i25_calls_are_settled_once import INVARIANT
from harness.scenario.model import Case
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case

ANSWERS = case().model_copy(update={"client": "python:calls:make"})
"""Of a client that answers calls by itself; deadair's own leave that to the application."""


def called(asked: Case = ANSWERS) -> TraceBuilder:
    return TraceBuilder(asked).connects().at(3).saw("function_call", call_id="call_1", name="look_up", arguments="{}")


def answered(builder: TraceBuilder, connection: int) -> TraceBuilder:
    item = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
    return builder.saw("client.conversation.item.create", connection, item=item)


def test_a_call_without_functions_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_one_answer_keeps_it() -> None:
    assert ruled(INVARIANT, answered(called(), 1).at(9).ends()).said is Said.KEPT


def test_the_answer_as_history_on_the_next_connection_keeps_it() -> None:
    builder = answered(called(), 1).at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2)

    assert ruled(INVARIANT, answered(builder, 2).at(20).ends()).said is Said.KEPT


def test_two_answers_on_one_connection_break_it() -> None:
    ruling = ruled(INVARIANT, answered(answered(called(), 1), 1).at(9).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "1 call of a function answered more than once: call_1"


def test_a_call_left_pending_over_a_loss_breaks_it() -> None:
    trace = called().at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2).at(30).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the call 'call_1' of 3 s was pending when the connection was lost at 5 s, and was neither answered nor called off"
    )


def test_a_call_that_is_called_off_keeps_it() -> None:
    builder = called().at(5).saw("wire.reset", 1, by="proxy").saw("function_call.cancelled", call_id="call_1")

    assert ruled(INVARIANT, builder.at(6).connects(2).at(30).ends()).said is Said.KEPT


def test_a_call_that_nobody_meant_to_answer_is_left_open() -> None:
    of_ours = called(case()).at(5).saw("wire.reset", 1, by="proxy").at(6).connects(2).at(30).ends()
    asked_long_ago = called().at(50).saw("wire.reset", 1, by="proxy").at(51).connects(2).at(70).ends()

    assert ruled(INVARIANT, of_ours).said is Said.UNDECIDED
    assert ruled(INVARIANT, asked_long_ago).said is Said.UNDECIDED
