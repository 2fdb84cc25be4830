"""Functions that are waited for, functions that run on, and what their results set off."""

from __future__ import annotations

import pytest

from tests.support.gemini_story import Call, gemini, upgrade

VERTEX = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
BLOCKING = [{"functionDeclarations": [{"name": "weather", "behavior": "BLOCKING"}]}]
NON_BLOCKING = [{"functionDeclarations": [{"name": "weather", "behavior": "NON_BLOCKING"}]}]
UNSAID = [{"functionDeclarations": [{"name": "weather"}]}]
TURN = ["modelTurn", "generationComplete", "turnComplete"]
FILLER_S = 0.75


def calling(tools: object = NON_BLOCKING, *, on: Call | None = None, **setup: object) -> Call:
    """A session that has been asked to call `weather`, at the moment of the call; it speaks in text unless told."""
    setup = {"generationConfig": {"responseModalities": ["TEXT"]}} | setup
    call = on or Call(gemini(turns=("it is sunny", "anything else")))
    return call.sets_up(tools=tools, **setup).types("call weather").waits(0.3)


def returns(call: Call, output: str = "21 degrees", **fields: object) -> Call:
    called = call.all("toolCall", "functionCalls")[-1][0]
    result = {"id": called["id"], "name": called["name"], "response": {"output": output}, **fields}
    return call.sends({"toolResponse": {"functionResponses": [result]}})


def marks(call: Call) -> list[str]:
    """The kinds of what was said since the last call, without repetitions."""
    kinds = call.kinds[len(call.kinds) - call.kinds[::-1].index("functionCalls") :]
    return [kind for i, kind in enumerate(kinds) if kind != "modelTurn" or kinds[i - 1 : i] != ["modelTurn"]]


def texts(call: Call) -> str:
    return "".join(part["text"] for turn in call.all("serverContent", "modelTurn") for part in turn["parts"])


# Waited for.


def test_during_a_blocking_call_nothing_is_said():
    call = calling(BLOCKING).waits(60.0)

    assert marks(call) == []


def test_scheduling_means_nothing_to_a_blocking_function():
    call = returns(calling(BLOCKING), scheduling="SILENT", willContinue=True).waits(1.0)

    assert marks(call) == TURN


def test_a_result_that_continues_is_the_end_of_a_blocking_call():
    call = returns(calling(BLOCKING), willContinue=True).waits(1.0)

    returns(call, "more")

    assert call.ending == (1008, "Requested entity was not found.")


def test_a_result_on_its_way_when_its_call_was_cancelled_is_ignored():
    call = calling(BLOCKING).types("never mind").waits(2.0)

    returns(call).waits(2.0)

    assert call.ending is None
    assert marks(call).count("turnComplete") == 2


def test_a_model_may_go_on_speaking_behind_its_call():
    call = calling(BLOCKING, on=Call(gemini(speaks_after_call=True)), generationConfig={}).waits(60.0)

    assert marks(call) == ["modelTurn"]
    assert len(call.audio) == FILLER_S * 48_000


def test_audio_during_a_call_is_heard():
    call = calling(BLOCKING).is_silent(1.0)

    assert call.ending is None


def test_audio_during_a_call_can_be_refused():
    call = calling(BLOCKING, on=Call(gemini(audio_during_call="refused")))

    call.is_silent(0.02)

    assert call.ending == (1008, "Operation is not implemented, or supported, or enabled.")


def test_audio_during_a_call_that_runs_on_is_never_refused():
    call = calling(NON_BLOCKING, on=Call(gemini(audio_during_call="refused"))).is_silent(1.0)

    assert call.ending is None


def test_vertex_completes_the_generation_behind_a_call():
    call = calling(BLOCKING, on=Call(gemini(), request=upgrade(VERTEX, key="", authorization="Bearer t")))

    assert marks(call) == ["generationComplete"]


def test_a_half_cascade_model_writes_its_call_as_code_first():
    call = calling(UNSAID, model="models/gemini-2.0-flash-live-001")

    (turn,) = call.all("serverContent", "modelTurn")
    (called,) = call.all("toolCall", "functionCalls")[0]
    assert turn["parts"][0]["executableCode"] == {
        "language": "PYTHON",
        "code": f"default_api.weather(about={called['args']['about']!r})",
    }


# Running on.


def test_during_a_call_that_runs_on_the_conversation_goes_on():
    call = calling().waits(1.0)
    assert marks(call) == TURN

    call.types("tell me something").waits(1.0)

    assert marks(call) == [*TURN, *TURN]
    assert call.ending is None


def test_a_result_is_told_when_the_model_is_idle():
    call = returns(calling(generationConfig={}).waits(0.2), scheduling="WHEN_IDLE").waits(5.0)

    (first, second) = call.times("serverContent", "turnComplete")
    assert call.times("serverContent", "generationComplete")[1] > first
    assert first == pytest.approx(0.3 + FILLER_S)
    assert second == pytest.approx(first + 0.3 + 3 * 0.25)
    assert "interrupted" not in call.kinds


def test_when_idle_is_what_a_result_asks_for_that_asks_for_nothing():
    call = returns(calling(generationConfig={}).waits(0.2)).waits(5.0)

    assert marks(call) == [*TURN, *TURN]


def test_a_silent_result_is_not_told():
    call = returns(calling().waits(1.0), scheduling="SILENT").waits(60.0)

    assert marks(call) == TURN


def test_a_silent_result_is_known_in_the_next_answer():
    known, unknown = calling().waits(1.0), calling().waits(1.0)
    returns(known, "21 degrees", scheduling="SILENT")

    known.types("and?").waits(1.0)
    unknown.types("and?").waits(1.0)

    counts = [call.messages[-1]["usageMetadata"]["promptTokenCount"] for call in (known, unknown)]
    assert counts[0] - counts[1] == 3


def test_a_function_can_be_called_again_after_a_silent_result():
    call = returns(calling().waits(1.0), scheduling="SILENT").types("call weather").waits(1.0)

    assert len(call.all("toolCall")) == 2


def test_a_result_that_interrupts_stops_the_model():
    call = returns(calling(generationConfig={}).waits(0.05), scheduling="INTERRUPT").waits(5.0)

    assert marks(call) == ["modelTurn", "interrupted", "turnComplete", *TURN]


def test_a_function_goes_on_returning_while_it_says_so():
    call = calling().waits(1.0)

    for _ in range(3):
        returns(call, willContinue=True).waits(1.0)
    returns(call).waits(1.0)

    assert marks(call) == TURN * 5
    assert call.ending is None


def test_a_function_that_has_returned_is_over():
    call = returns(calling().waits(1.0)).waits(1.0)

    returns(call)

    assert call.ending == (1008, "Requested entity was not found.")


def test_the_end_of_a_function_can_be_told_silently():
    call = returns(calling().waits(1.0), willContinue=True).waits(1.0)

    call.sends(
        {
            "toolResponse": {
                "functionResponses": [
                    {"id": call.all("toolCall", "functionCalls")[-1][0]["id"], "scheduling": "SILENT", "response": {}}
                ]
            }
        }
    ).waits(5.0)

    assert marks(call) == [*TURN, *TURN]


def test_a_result_that_waits_is_told_with_what_the_caller_is_saying():
    call = returns(calling(generationConfig={}).waits(2.0).speaks(0.5)).is_silent(5.0)

    assert marks(call) == [*TURN, *TURN]


@pytest.mark.parametrize(
    ("model", "speaks_over"), [("models/gemini-2.5-live", True), ("models/gemini-3.8-live", False)]
)
def test_a_result_that_interrupts_speaks_over_the_caller_only_on_2_5(model: str, speaks_over: bool):
    call = Call(gemini()).sets_up(model=model, tools=NON_BLOCKING).sends({"realtimeInput": {"text": "call weather"}})
    returns(call.waits(3.0).speaks(0.3), scheduling="INTERRUPT").speaks(0.5)

    last = call.times("serverContent", "modelTurn")[-1]
    assert (last > 3.5) is speaks_over


# What a function is that does not say it.


@pytest.mark.parametrize(
    ("model", "tools", "is_waited_for"),
    [
        ("models/gemini-2.5-flash-live", UNSAID, True),
        ("models/gemini-2.5-flash-live", NON_BLOCKING, False),
        ("models/gemini-3.1-flash-live-preview", NON_BLOCKING, True),
        ("models/gemini-3.8-live", UNSAID, False),
        ("models/gemini-3.8-live", BLOCKING, True),
        ("models/gemini-3.8-live-extended-thinking", BLOCKING, False),
    ],
)
def test_whether_a_function_is_waited_for_depends_on_the_generation(model: str, tools: object, is_waited_for: bool):
    call = (
        Call(gemini()).sets_up(model=model, tools=tools).sends({"realtimeInput": {"text": "call weather"}}).waits(5.0)
    )

    assert ("turnComplete" not in marks(call)) is is_waited_for


# Strays.


def test_vertex_talks_about_a_result_that_nobody_waited_for():
    call = Call(gemini(turns=("thank you",)), request=upgrade(VERTEX, key="", authorization="Bearer t")).sets_up(
        generationConfig={"responseModalities": ["TEXT"]}
    )

    call.sends({"toolResponse": {"functionResponses": [{"name": "weather", "response": {"output": "sunny"}}]}})
    call.waits(1.0)

    assert texts(call) == "thank you"


def test_vertex_finds_a_call_by_the_name_of_its_function():
    call = calling(BLOCKING, on=Call(gemini(), request=upgrade(VERTEX, key="", authorization="Bearer t")))

    call.sends({"toolResponse": {"functionResponses": [{"name": "weather", "response": {"output": "sunny"}}]}})
    call.waits(1.0)

    assert marks(call) == ["generationComplete", *TURN]
