from __future__ import annotations

from typing import Any

import pytest

from harness.expectations.invariants import Said
from harness.expectations.invariants.i08_an_error_is_no_end import INVARIANT
from harness.scenario.model import ErrorEvent, Fault, Send, Trigger
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case


def told_an_error(code: str = "server_error") -> TraceBuilder:
    fault = Fault(id="trouble", trigger=Trigger(at_us=5_000_000), do=ErrorEvent(code=code))
    return TraceBuilder(case(faults=(fault,))).connects().at(5).saw("fault.trouble", 1, do="error")


def speaks(builder: TraceBuilder) -> TraceBuilder:
    return builder.at(6).saw("server.response.output_audio.delta", 1, audio=[[0, 4800]])


def test_a_call_without_an_error_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_an_error_that_says_that_all_is_over_is_none_of_these() -> None:
    assert ruled(INVARIANT, speaks(told_an_error("insufficient_quota")).at(60).ends()).said is Said.NOT_APPLICABLE


def test_hearing_the_next_answer_keeps_it() -> None:
    trace = speaks(told_an_error()).at(6.1).saw("audio.output", audio=[[0, 4800]]).at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_hanging_up_breaks_it() -> None:
    trace = told_an_error().at(5.2).saw("wire.closed", 1, code=1000, by="client").at(60).ends()

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the error 'server_error' at 5 s made the client close connection 1, 200 ms later"


def test_reading_no_more_breaks_it() -> None:
    ruling = ruled(INVARIANT, speaks(told_an_error()).at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the error 'server_error' at 5 s ended the reading: the server spoke on at 6 s, and the client told nothing more"
    )


def test_a_server_that_says_nothing_more_leaves_it_open() -> None:
    assert ruled(INVARIANT, told_an_error().at(60).ends()).said is Said.UNDECIDED


def sent(message: str | dict[str, Any]) -> TraceBuilder:
    fault = Fault(id="trouble", trigger=Trigger(at_us=5_000_000), do=Send(message=message))
    return TraceBuilder(case(faults=(fault,))).connects().at(5).saw("fault.trouble", 1, do="send")


def openai_error(**fields: str | None) -> dict[str, Any]:
    return {"type": "error", "error": {"message": "something is wrong", **fields}}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "response.premonition"},
        {"premonition": {"certainty": 0.5}},
        openai_error(type="invalid_request_error", code="invalid_value"),
        openai_error(type="server_error", code=None),
    ],
    ids=["unknown", "unknown, Gemini", "a code", "a type alone"],
)
def test_a_whole_message_that_ends_nothing_is_survived_as_well(message: dict[str, Any]) -> None:
    assert ruled(INVARIANT, speaks(sent(message)).at(60).ends()).said is Said.BROKEN


@pytest.mark.parametrize(
    "message",
    [
        openai_error(type="invalid_request_error", code="session_expired"),
        openai_error(type="insufficient_quota", code=None),
        openai_error(),
        {"type": "error", "error": "all is lost"},
        {"goAway": {"timeLeft": "5s"}},
        {"type": "Metadata"},
        {"type": "Error", "code": "INTERNAL_SERVER_ERROR"},
        "error",
        "goAway",
    ],
    ids=[
        "a final code",
        "a final type",
        "no code",
        "no object",
        "goAway",
        "Metadata",
        "Flux",
        "by name",
        "goAway by name",
    ],
)
def test_a_message_after_which_a_client_may_leave_is_not_judged(message: str | dict[str, Any]) -> None:
    trace = sent(message).at(5.2).saw("wire.closed", 1, code=1000, by="client").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE
