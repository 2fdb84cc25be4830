from __future__ import annotations

from typing import Any

from harness.expectations import Finding, Verdict
from harness.expectations.session import check
from harness.scenario.model import Case, Expect, SessionExpectation
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

SESSION: dict[str, Any] = {
    "system_prompt": "You are the night porter of a small hotel.",
    "voice": "marin",
    "temperature": 0.7,
    "tools": [{"name": "book_room", "description": "Books a room."}],
    "max_tokens": 333,
}

SETUP: dict[str, Any] = {
    "session": {
        "instructions": "Be brief. You are the night porter of a small hotel.",
        "audio": {"output": {"voice": "marin"}},
        "temperature": 0.7,
        "tools": [{"type": "function", "name": "book_room", "description": "Books a room."}],
    }
}


def switched(*, again: dict[str, Any] | None = SETUP, audio_first: bool = False) -> Trace:
    built = TraceBuilder().connects(1).saw("client.session.update", 1, **SETUP)
    built.saw("client.input_audio_buffer.append", 1, audio=[[0, 640]]).at(3).saw("wire.reset", 1).at(4).connects(2)
    if audio_first:
        built.saw("client.input_audio_buffer.append", 2, audio=[])
    if again is not None:
        built.saw("client.session.update", 2, **again)
    return built.saw("client.input_audio_buffer.append", 2, audio=[[640, 1_280]]).at(9).ends()


def asked(**expectation: bool) -> Case:
    plain = case(session=SESSION)
    return plain.model_copy(update={"expect": Expect(session=SessionExpectation(**expectation), end=plain.expect.end)})


def restored(trace: Trace) -> Finding:
    (finding,) = check(asked(restored=True), trace)
    return finding


def test_a_session_that_is_told_again_is_restored() -> None:
    finding = restored(switched())

    assert finding.verdict is Verdict.PASS
    assert finding.sentence == "4 fields restored on 1 new connection"


def test_a_field_that_is_not_told_again_is_named() -> None:
    without_voice = {"session": {**SETUP["session"], "audio": {}}}

    finding = restored(switched(again=without_voice))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "connection 2, ready at 4 s, was not told voice before its first audio"


def test_a_number_under_another_name_is_not_the_same_field() -> None:
    moved = {"session": {**SETUP["session"], "temperature": 0.9, "speed": 0.7}}

    assert "temperature" in restored(switched(again=moved)).sentence


def test_what_comes_after_the_first_audio_comes_too_late() -> None:
    assert "system_prompt, temperature, tools, voice" in restored(switched(audio_first=True)).sentence


def test_a_connection_that_is_told_nothing_is_not_restored() -> None:
    assert restored(switched(again=None)).verdict is Verdict.FAIL


def test_a_client_that_was_ready_only_once_restored_nothing() -> None:
    finding = restored(TraceBuilder().connects(1).at(3).refused(2).ends())

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "the client was ready on 1 connection, so there was no session to go on with"


def test_parameters_of_the_address_have_to_come_again() -> None:
    def listening(query: list[list[str]]) -> Trace:
        built = (
            TraceBuilder().saw("wire.attempt", 1).saw("wire.open", 1, query=[["model", "nova-3"], ["language", "de"]])
        )
        built.saw("wire.ready", 1).at(2).saw("wire.reset", 1).at(3).saw("wire.attempt", 2)
        return built.saw("wire.open", 2, query=query).saw("wire.ready", 2).ends()

    assert restored(listening([["language", "de"], ["model", "nova-3"]])).verdict is Verdict.PASS
    assert "language=de (query)" in restored(listening([["model", "nova-3"]])).sentence


def calls_beside(*, later: dict[str, Any]) -> Trace:
    prompt = {"systemInstruction": {"parts": [{"text": SESSION["system_prompt"]}]}}
    built = TraceBuilder().saw("wire.attempt", 1).saw("wire.open", 1, query=[["model", "nova-3"]])
    built.saw("wire.ready", 1).saw("client.generateContent", **prompt).at(2).saw("wire.reset", 1)
    built.at(3).saw("wire.attempt", 2).saw("wire.open", 2, query=[["model", "nova-3"]]).saw("wire.ready", 2)
    return built.at(4).saw("client.generateContent", **later).ends()


def test_a_call_beside_the_connection_has_to_go_on_telling_what_it_told() -> None:
    finding = restored(calls_beside(later={"contents": [{"parts": [{"text": "hello"}]}]}))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "client.generateContent at 4 s was not told system_prompt any more"


def test_a_call_beside_the_connection_that_tells_it_all_again_is_well() -> None:
    again = {"systemInstruction": {"parts": [{"text": SESSION["system_prompt"]}]}, "contents": []}

    assert restored(calls_beside(later=again)).verdict is Verdict.PASS


def test_a_session_of_which_nothing_was_ever_seen_decides_nothing() -> None:
    trace = TraceBuilder().connects(1).at(2).saw("wire.reset", 1).at(3).connects(2).ends()

    assert restored(trace).verdict is Verdict.INCONCLUSIVE


def resuming(*, resumed: bool, handle: str = "h-2") -> Trace:
    built = TraceBuilder().connects(1).saw("server.sessionResumptionUpdate", 1, newHandle="h-1", resumable=True)
    built.saw("server.sessionResumptionUpdate", 1, newHandle="h-2", resumable=True).at(5).saw(
        "wire.closed", 1, code=1000
    )
    built.saw("wire.attempt", 2).saw("wire.open", 2, query=[])
    built.saw("client.setup", 2, setup={"sessionResumption": {"handle": handle}})
    return built.at(6).saw("wire.ready", 2, resumed=resumed).ends()


def test_a_session_that_goes_on_with_the_servers_handle_is_resumed() -> None:
    (finding,) = check(asked(resumed=True), resuming(resumed=True))

    assert finding.verdict is Verdict.PASS


def test_a_new_session_is_not_resumed() -> None:
    (finding,) = check(asked(resumed=True), resuming(resumed=False))

    assert finding.sentence == "connection 2, ready at 6 s, began a new session instead of going on with the old one"


def test_a_handle_that_the_server_never_gave_resumes_nothing() -> None:
    (finding,) = check(asked(resumed=True), resuming(resumed=True, handle="made-up"))

    assert finding.verdict is Verdict.FAIL


def test_a_new_session_may_be_what_is_asked_for() -> None:
    assert [f.verdict for f in check(asked(resumed=False), resuming(resumed=False))] == [Verdict.PASS]
    assert [f.verdict for f in check(asked(resumed=False), resuming(resumed=True))] == [Verdict.FAIL]


def talked(*, said_again: tuple[str, ...], resumed: bool = False) -> Trace:
    built = TraceBuilder().connects(1).at(1).saw("transcription", text="Any room  tonight?")
    built.at(2).saw("text.output", text="One with a view.", role="assistant").saw("turn.completed")
    built.at(3).saw("text.output", text="It costs", role="assistant")
    built.at(4).saw("wire.reset", 1).at(5).connects(2, resumed=resumed)
    for text in said_again:
        built.saw("client.conversation.item.create", 2, item={"content": [{"text": text}]})
    return built.saw("client.input_audio_buffer.append", 2, audio=[]).at(9).ends()


def test_a_conversation_that_is_said_again_is_kept() -> None:
    (finding,) = check(asked(history_kept=True), talked(said_again=("any room tonight?", "One with a view.")))

    assert finding.verdict is Verdict.PASS


def test_a_text_that_is_forgotten_is_quoted() -> None:
    (finding,) = check(asked(history_kept=True), talked(said_again=("any room tonight?",)))

    assert finding.sentence == "connection 2, ready at 5 s, was not told 'One with a view.' of what had been said"


def test_a_resumed_session_keeps_its_history_on_the_server() -> None:
    (finding,) = check(asked(history_kept=True), talked(said_again=(), resumed=True))

    assert finding.verdict is Verdict.PASS
