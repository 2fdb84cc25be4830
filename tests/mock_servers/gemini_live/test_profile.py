"""The generations of models: what each takes, and how each speaks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mock_servers.gemini_live.profile import profile_of
from tests.support.gemini_story import Call, gemini

LIVE_3_1 = "models/gemini-3.1-flash-live-preview"
LIVE_3_8 = "models/gemini-3.8-live"
EXTENDED = "models/gemini-3.8-live-extended-thinking"
WEATHER = [{"functionDeclarations": [{"name": "weather"}]}]


def typed(model: str, text: str = "hello", *, settings: dict[str, object] | None = None, **setup: object) -> Call:
    call = Call(gemini(turns=("one two three four",), **(settings or {}))).sets_up(model=model, **setup)
    return call.sends({"realtimeInput": {"text": text}})


def statuses(call: Call) -> list[str]:
    return [str(status) for status in call.all("serverContent", "interactionStatus")]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("models/gemini-2.5-flash-native-audio-preview-12-2025", "2.5"),
        ("models/gemini-live-2.5-flash-preview", "2.5"),
        ("models/gemini-2.0-flash-live-001", "2.5"),
        (LIVE_3_1, "3.1"),
        (LIVE_3_8, "3.8"),
        (EXTENDED, "3.8-extended-thinking"),
        ("models/gemini-3.5-live-translate-preview", "live-translate"),
        ("projects/p/locations/l/publishers/google/models/gemini-3.8-live", "3.8"),
    ],
)
def test_a_models_name_tells_its_generation(model: str, name: str):
    assert profile_of(model).name == name


def test_the_settings_may_name_another_generation():
    call = typed("models/mine", settings={"model": "3.8"}).waits(5.0)

    assert statuses(call) == ["IDLE"]


# 3.1.


def test_3_1_packs_audio_and_transcript_into_one_message():
    call = typed(LIVE_3_1, outputAudioTranscription={}).waits(5.0)

    contents = [content for content in call.all("serverContent") if "modelTurn" in content]
    assert "outputTranscription" in contents[0]
    assert (
        "".join(c["outputTranscription"]["text"] for c in contents if "outputTranscription" in c)
        == "one two three four"
    )


def test_2_5_tells_audio_and_transcript_apart():
    call = typed("models/gemini-2.5-flash-live", outputAudioTranscription={}).waits(5.0)

    assert all(len(content) == 1 for content in call.all("serverContent"))


def test_3_1_tells_what_each_chunk_cost():
    call = typed(LIVE_3_1).waits(5.0)

    alone = [message["usageMetadata"] for message in call.messages if list(message) == ["usageMetadata"]]
    assert sum(usage["responseTokenCount"] for usage in alone) == pytest.approx(32, abs=len(alone))


# 3.8.


def test_3_8_says_with_each_turn_that_it_is_idle():
    call = typed(LIVE_3_8).waits(5.0)

    assert call.all("serverContent")[-1] == {"turnComplete": True, "interactionStatus": "IDLE"}


def test_older_generations_have_no_status():
    assert statuses(typed(LIVE_3_1).waits(5.0)) == []


def test_3_8_takes_content_throughout():
    call = typed(LIVE_3_8).waits(5.0).types("and?").waits(5.0)

    assert call.kinds.count("turnComplete") == 2


def test_3_8_grows_its_transcripts():
    call = Call(gemini()).sets_up(model=LIVE_3_8, inputAudioTranscription={}).speaks(1.0).is_silent(0.6)

    interim = [piece["text"] for piece in call.all("serverContent", "interimInputTranscription")]
    (final,) = [piece["text"] for piece in call.all("serverContent", "inputTranscription")]
    assert all(later.startswith(earlier) for earlier, later in pairwise(interim))
    assert interim[-1] == final


@pytest.mark.parametrize(
    "setup",
    [
        {"generationConfig": {"responseModalities": ["TEXT"]}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH"}}},
        {"proactivity": {"proactiveAudio": False}},
    ],
)
def test_what_3_8_does_not_have_ends_its_setup(setup: dict[str, object]):
    call = Call(gemini()).sets_up(model=LIVE_3_8, **setup)

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_3_8_waits_for_a_caller_who_is_not_done():
    call = typed(LIVE_3_8, "what I meant to say...").waits(60.0)

    assert call.all("serverContent") == [
        {
            "turnComplete": True,
            "turnCompleteReason": "NEED_MORE_INPUT",
            "waitingForInput": True,
            "interactionStatus": "IDLE",
        }
    ]


def test_what_was_waited_for_is_answered_together():
    call = typed(LIVE_3_8, "please call,", tools=WEATHER).waits(1.0).sends({"realtimeInput": {"text": "call weather"}})

    assert call.waits(1.0).all("toolCall")[0]["functionCalls"][0]["name"] == "weather"


def test_a_model_that_must_answer_answers_also_half_a_sentence():
    call = typed("models/gemini-2.5-flash-live", "what I meant to say...").waits(5.0)

    assert call.kinds[-2:] == ["generationComplete", "turnComplete"]


# Extended thinking.


def test_extended_thinking_says_a_few_words_before_its_answer():
    call = typed(EXTENDED, outputAudioTranscription={}).waits(10.0)

    said = "".join(piece["text"] for piece in call.all("serverContent", "outputTranscription"))
    assert said == "One moment pleaseone two three four"
    assert statuses(call) == ["IN_PROGRESS", "IDLE"]


def test_extended_thinking_reasons_for_as_long_as_it_is_set_to():
    call = typed(EXTENDED, settings={"reasoning_s": 7.0}).waits(20.0)

    filler, answer = call.times("serverContent", "turnComplete")
    assert answer - filler == pytest.approx(7.0 + 4 * 0.25)


def test_extended_thinking_is_in_progress_while_a_function_runs():
    call = typed(EXTENDED, "call weather", tools=WEATHER).waits(10.0)
    assert statuses(call) == ["IN_PROGRESS"]
    (called,) = call.all("toolCall", "functionCalls")[0]

    result = {"id": called["id"], "name": "weather", "response": {"output": "sunny"}}
    call.sends({"toolResponse": {"functionResponses": [result]}}).waits(10.0)

    assert statuses(call)[-1] == "IDLE"


def test_extended_thinking_is_idle_when_its_function_ends_without_a_word():
    call = typed(EXTENDED, "call weather", tools=WEATHER).waits(10.0)
    (called,) = call.all("toolCall", "functionCalls")[0]

    result = {"id": called["id"], "name": "weather", "response": {}, "scheduling": "SILENT"}
    call.sends({"toolResponse": {"functionResponses": [result]}}).waits(10.0)

    assert statuses(call) == ["IN_PROGRESS", "IDLE"]


def test_a_caller_interrupts_also_what_is_only_reasoned_about():
    call = typed(EXTENDED).waits(1.2).speaks(0.2)

    assert call.kinds[-2:] == ["interrupted", "turnComplete"]
    assert statuses(call) == ["IN_PROGRESS", "IDLE"]


def test_an_interrupted_filler_has_no_answer_behind_it():
    call = typed(EXTENDED).waits(0.35).speaks(0.2)

    assert statuses(call) == ["IDLE"]


# Thoughts.


def test_thoughts_are_shown_to_those_who_ask():
    config = {"thinkingConfig": {"includeThoughts": True}}
    call = typed("models/gemini-2.5-flash-live", generationConfig=config).waits(5.0)

    thought = call.all("serverContent", "modelTurn")[0]["parts"][0]
    assert thought == {"text": "**Considering**\n\nThe caller said: hello", "thought": True}
    assert call.messages[-1]["usageMetadata"]["thoughtsTokenCount"] > 0


@pytest.mark.parametrize("thinking", [{}, {"includeThoughts": True, "thinkingBudget": 0}])
def test_thoughts_are_not_shown_unasked(thinking: dict[str, object]):
    call = typed("models/gemini-2.5-flash-live", generationConfig={"thinkingConfig": thinking}).waits(5.0)

    assert "thought" not in call.all("serverContent", "modelTurn")[0]["parts"][0]
