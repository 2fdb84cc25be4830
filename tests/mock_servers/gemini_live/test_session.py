"""Stories of one Live connection, told without I/O."""

from __future__ import annotations

import base64
import json
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic.alias_generators import to_snake

from mock_servers.base.voice import AGENT_STREAM, decode
from mock_servers.gemini_live.turn import AGENT_RATE_HZ
from tests.support.gemini_story import Call, gemini, upgrade

MANUAL = {"automaticActivityDetection": {"disabled": True}}
TEXT = {"responseModalities": ["TEXT"]}
WEATHER = [{"functionDeclarations": [{"name": "weather"}]}]


def in_an_answer(**setup: object) -> Call:
    """A caller who hears the agent speak."""
    call = Call(gemini(turns=("one two three four five six seven eight", "nine ten"))).sets_up(**setup)
    return call.types("hello").waits(0.5)


# The setup.


def test_setup_complete_is_the_first_thing_said_and_is_an_empty_object():
    call = Call(gemini()).sets_up()

    assert call.messages == [{"setupComplete": {}}]


def test_the_session_is_ready_with_the_setup():
    call = Call(gemini()).sets_up()

    assert call.resumed is False


def test_frames_are_binary_and_printed_as_google_prints_them():
    call = Call(gemini())

    (_, sent, _) = call.session.received('{"setup": {"model": "models/m"}}', 0.0)

    assert sent.payload == b'{\n  "setupComplete": {}\n}\n'


def test_a_vertex_session_is_told_its_id():
    path = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"

    call = Call(gemini(), request=upgrade(path, key="", authorization="Bearer token")).sets_up()

    assert len(call.all("setupComplete", "sessionId")[0]) == 36


def test_a_second_setup_ends_the_session():
    call = Call(gemini()).sets_up().sets_up()

    assert call.ending == (1007, "Request contains an invalid argument.")


@pytest.mark.parametrize(
    "first",
    [
        {"clientContent": {"turnComplete": True}},
        {"setup": {"model": "models/m"}, "clientContent": {}},
        {"session.update": {}},
        {},
        [],
        "not json",
        b"\xff\xfe",
        '{"setup": {"model": NaN}}',
        '{"setup": {"model": "\\ud800"}}',
        "[" * 5000,
        '{"setup":' * 200 + "1" + "}" * 200,
    ],
    ids=lambda first: str(first)[:30],
)
def test_a_first_message_that_is_no_setup_ends_the_session(first: object):
    call = Call(gemini()).sends(first)

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_a_field_that_does_not_exist_is_named():
    call = Call(gemini()).sets_up(generationConfig={"responseModality": "AUDIO"})

    assert call.ending == (
        1007,
        "Invalid JSON payload received. Unknown name \"responseModality\" at 'setup.generation_config': Cannot find field.",
    )


def test_a_retired_model_is_refused_in_123_bytes():
    call = Call(gemini()).sends({"setup": {"model": "models/gemini-2.0-retired-preview"}})

    assert call.ending is not None
    code, reason = call.ending
    assert code == 1008
    assert reason.startswith("models/gemini-2.0-retired-preview is not found for API version v1beta, or is not supp")
    assert len(reason.encode()) == 123


def test_an_array_without_items_is_found_deep_in_a_tool():
    tags = {"type": "OBJECT", "properties": {"tags": {"type": "ARRAY"}}}
    nested = {"type": "OBJECT", "properties": {"post": tags}}
    tools = [{"functionDeclarations": [{"name": "ok"}, {"name": "bad", "parameters": nested}]}]

    call = Call(gemini()).sets_up(tools=tools)

    assert call.ending is not None
    assert call.ending[1].startswith(
        "* BidiGenerateContentRequest.setup.tools[0].function_declarations[1].parameters.properties[post].properties[tags]"
    )


def test_an_answer_of_no_tokens_cannot_be_asked_for():
    call = Call(gemini()).sets_up(generation_config={"max_output_tokens": 0})

    assert call.ending == (
        1007,
        "* BidiGenerateContentRequest.setup.generation_config.max_output_tokens: max_output_tokens must be positive",
    )


def test_both_spellings_are_understood_within_one_message():
    setup = {
        "model": "models/m",
        "generation_config": {"speechConfig": {"voice_config": {"prebuiltVoiceConfig": {"voice_name": "Puck"}}}},
        "realtimeInputConfig": {"automatic_activity_detection": {"silenceDurationMs": "800"}},
    }

    call = Call(gemini()).sends({"setup": setup})

    assert call.understood[0].body == {
        "model": "models/m",
        "generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}}},
        "realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": 800}},
    }


EVERYTHING: dict[str, Any] = {
    "model": "models/m",
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "maxOutputTokens": 100,
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}, "languageCode": "en-US"},
        "thinkingConfig": {"includeThoughts": False, "thinkingBudget": 0},
        "enableAffectiveDialog": True,
    },
    "systemInstruction": {"parts": [{"text": "be brief"}], "role": "user"},
    "tools": [{"googleSearch": {}}, {"functionDeclarations": [{"name": "f", "behavior": "NON_BLOCKING"}]}],
    "sessionResumption": {"handle": ""},
    "inputAudioTranscription": {"languageCodes": ["en-US"], "wordTimestamp": True},
    "realtimeInputConfig": {
        "automaticActivityDetection": {"startOfSpeechSensitivity": "START_SENSITIVITY_HIGH", "prefixPaddingMs": 20},
        "activityHandling": "START_OF_ACTIVITY_INTERRUPTS",
    },
    "contextWindowCompression": {"triggerTokens": 25600, "slidingWindow": {"targetTokens": 12800}},
    "historyConfig": {"initialHistoryInClientContent": True},
}


def respelled(value: Any, chance: random.Random) -> Any:
    """The same with some of its names in snake_case, some of its integers as strings."""
    if isinstance(value, dict):
        return {
            to_snake(name) if chance.random() < 0.5 else name: respelled(inner, chance) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [respelled(inner, chance) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and chance.random() < 0.5:
        return str(value)
    return value


@given(st.randoms(use_true_random=False))
def test_however_a_setup_is_spelled_it_is_understood_alike(chance: random.Random):
    call = Call(gemini()).sends({"setup": respelled(EVERYTHING, chance)})

    assert call.kinds == ["setupComplete"]
    assert call.understood[0].body == EVERYTHING


@given(st.binary(max_size=64), st.booleans(), st.booleans())
def test_however_audio_is_written_in_base64_it_is_heard_alike(pcm: bytes, is_url_safe: bool, is_padded: bool):
    data = (base64.urlsafe_b64encode if is_url_safe else base64.b64encode)(pcm).decode()
    blob = {"mime_type": "audio/pcm", "data": data if is_padded else data.rstrip("=")}

    call = Call(gemini()).sets_up().sends({"realtime_input": {"audio": blob}})

    assert call.understood[1].audio == pcm


@pytest.mark.parametrize("name", ["modelSelectionConfig", "model_selection_config", "modelConfig", "model_config"])
def test_the_choice_of_a_model_has_two_names(name: str):
    call = Call(gemini()).sets_up(generationConfig={name: {"featureSelectionPreference": "BALANCED"}})

    assert call.kinds == ["setupComplete"]


def test_names_inside_a_tools_schema_are_the_users_own():
    schema = {"type": "OBJECT", "properties": {"city_name": {"type": "STRING"}}}
    tools = [{"functionDeclarations": [{"name": "weather", "parameters": schema}]}]

    call = Call(gemini()).sets_up(tools=tools)

    assert call.understood[0].body["tools"] == tools


# Turns.


def test_spoken_words_are_transcribed_when_the_setup_asks_for_it():
    call = Call(gemini()).sets_up(inputAudioTranscription={}).speaks(1.0).is_silent(0.6)

    said = "".join(piece["text"] for piece in call.all("serverContent", "inputTranscription"))
    words = [call.vendor._backend.conversation.word(cell) for cell in range(4)]
    assert said == " ".join(words)


def test_nothing_is_transcribed_unasked():
    call = Call(gemini()).sets_up().speaks(1.0).is_silent(4.0)

    assert call.all("serverContent", "inputTranscription") == []
    assert call.all("serverContent", "outputTranscription") == []


def test_the_answer_begins_after_the_silence_that_ends_the_turn_and_a_moment_of_thought():
    detection = {"automaticActivityDetection": {"silenceDurationMs": 200}}

    call = Call(gemini(reply_after_s=0.4)).sets_up(realtimeInputConfig=detection).speaks(1.0).is_silent(1.0)

    assert call.times("serverContent", "modelTurn")[0] == pytest.approx(1.0 + 0.2 - 0.02 + 0.4)


def test_the_audio_stream_is_heard_at_the_rate_that_it_names():
    call = Call(gemini()).sets_up(inputAudioTranscription={})
    pcm = base64.b64encode(b"\x00\x40" * 8000).decode()

    call.sends({"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=8000", "data": pcm}}})
    call.sends({"realtimeInput": {"audioStreamEnd": True}})

    said = "".join(piece["text"] for piece in call.all("serverContent", "inputTranscription"))
    assert len(said.split()) == 4


@pytest.mark.parametrize("mime_type", ["audio/mp3", "audio/pcm;rate=0", "audio/pcm;rate=fast", ""])
def test_audio_of_another_kind_ends_the_session(mime_type: str):
    call = Call(gemini()).sets_up().sends({"realtimeInput": {"audio": {"mimeType": mime_type, "data": "AAAA"}}})

    assert call.ending == (1007, "Request contains an invalid argument.")


@pytest.mark.parametrize("data", ["-_-_Pg==", "-_-_Pg", "+/+/Pg==", "+/+/Pg"])
def test_base64_is_read_in_both_alphabets_with_padding_or_without(data: str):
    call = Call(gemini()).sets_up()

    call.sends({"realtime_input": {"audio": {"data": data, "mime_type": "audio/pcm;rate=16000"}}})

    assert call.understood[1].audio == b"\xfb\xff\xbf\x3e"


def test_observers_learn_of_the_audio_apart_from_the_message():
    call = Call(gemini()).sets_up()

    call.sends({"realtimeInput": {"audio": {"data": "AAAA", "mimeType": "audio/pcm;rate=16000"}}})

    assert call.understood[1].name == "realtimeInput"
    assert call.understood[1].body == {"mimeType": "audio/pcm;rate=16000"}


def test_data_that_is_no_base64_ends_the_session():
    call = Call(gemini()).sets_up()

    call.sends({"realtimeInput": {"audio": {"data": "A*AA", "mimeType": "audio/pcm"}}})

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_the_agents_audio_is_one_stream_without_gaps():
    call = Call(gemini()).sets_up().types("hello").waits(6.0).types("again").waits(6.0)

    (run,) = decode(call.audio, stream=AGENT_STREAM)
    assert (run.start, run.end) == (0, len(call.audio))


def test_audio_comes_in_messages_of_a_fifth_of_a_second_then_of_a_quarter():
    call = in_an_answer().waits(5.0)

    sizes = [
        len(base64.b64decode(turn["parts"][0]["inlineData"]["data"])) for turn in call.all("serverContent", "modelTurn")
    ]
    assert sizes[:-1] == [9_600] + [11_520] * (len(sizes) - 2)
    assert sum(sizes) == 2 * AGENT_RATE_HZ * 2


def test_a_turn_ends_when_its_audio_could_have_been_played():
    call = in_an_answer().waits(5.0)

    began_s = call.times("serverContent", "modelTurn")[0]
    assert call.times("serverContent", "generationComplete")[0] - began_s < 0.5
    assert call.times("serverContent", "turnComplete")[0] - began_s == pytest.approx(8 * 0.25)


def test_the_end_of_a_turn_carries_what_it_cost():
    call = in_an_answer().waits(5.0)

    last = [message for message in call.messages if "turnComplete" in message.get("serverContent", {})][-1]
    assert last["usageMetadata"] == {
        "promptTokenCount": 2,
        "responseTokenCount": 64,
        "totalTokenCount": 66,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 64}],
    }


def test_the_transcript_of_the_answer_is_the_answer():
    call = in_an_answer(outputAudioTranscription={}).waits(5.0)

    pieces = [piece["text"] for piece in call.all("serverContent", "outputTranscription")]
    assert "".join(pieces) == "one two three four five six seven eight"


def test_the_transcript_is_complete_before_the_generation():
    call = in_an_answer(outputAudioTranscription={}).waits(5.0)

    assert (
        max(call.times("serverContent", "outputTranscription")) <= call.times("serverContent", "generationComplete")[0]
    )
    assert call.kinds.index("generationComplete") > max(
        i for i, kind in enumerate(call.kinds) if kind == "outputTranscription"
    )


def test_a_text_session_answers_in_pieces_of_text():
    call = in_an_answer(generationConfig=TEXT).waits(1.0)

    texts = [turn["parts"][0]["text"] for turn in call.all("serverContent", "modelTurn")]
    assert texts == ["one", " two three four five", " six seven eight"]


def test_content_without_the_end_of_a_turn_is_not_answered():
    call = Call(gemini()).sets_up().sends({"client_content": {"turns": [{"parts": [{"text": "wait"}]}]}}).waits(60.0)

    assert call.messages == [{"setupComplete": {}}]


def test_typed_realtime_text_is_answered():
    call = Call(gemini(turns=("hi",))).sets_up(generationConfig=TEXT)

    call.sends({"realtimeInput": {"text": "hello"}}).waits(1.0)

    assert call.all("serverContent", "modelTurn") == [{"parts": [{"text": "hi"}]}]


def test_a_gemini_3_session_echoes_typed_text_as_if_it_were_heard():
    call = Call(gemini()).sets_up(model="models/gemini-3.1-flash-live", inputAudioTranscription={})

    call.sends({"realtimeInput": {"text": "hello"}})

    assert call.all("serverContent", "inputTranscription") == [{"text": "hello"}]


# Activity told by the client.


def test_a_client_that_tells_its_activity_gets_its_answer_at_the_end_of_it():
    call = Call(gemini()).sets_up(realtimeInputConfig=MANUAL).sends({"realtimeInput": {"activityStart": {}}})

    call.speaks(1.0).is_silent(3.0)
    assert call.kinds == ["setupComplete"]
    call.sends({"realtimeInput": {"activityEnd": {}}}).waits(1.0)

    assert call.times("serverContent", "modelTurn")[0] == pytest.approx(4.3)


def test_audio_outside_of_the_activity_is_not_heard():
    call = Call(gemini()).sets_up(realtimeInputConfig=MANUAL, inputAudioTranscription={})

    call.speaks(1.0).is_silent(2.0)

    assert call.kinds == ["setupComplete"]


@pytest.mark.parametrize("signal", ["activityStart", "activityEnd"])
def test_activity_signals_are_illegal_while_the_server_detects_activity(signal: str):
    call = Call(gemini()).sets_up().sends({"realtimeInput": {signal: {}}})

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_the_end_of_the_audio_stream_ends_the_callers_turn():
    call = Call(gemini()).sets_up().speaks(1.0).sends({"realtimeInput": {"audioStreamEnd": True}}).waits(0.5)

    assert call.times("serverContent", "modelTurn")[0] == pytest.approx(1.3)


# Interruptions.


def test_an_interrupted_generation_is_never_complete():
    call = in_an_answer().speaks(0.1).waits(0.5)

    assert "generationComplete" not in call.kinds
    assert call.kinds[-2:] == ["interrupted", "turnComplete"]


def test_content_stops_the_answer():
    call = in_an_answer().types("stop").waits(0.1)

    assert call.kinds[-2:] == ["interrupted", "turnComplete"]


def test_a_start_of_activity_stops_the_answer():
    call = in_an_answer(realtimeInputConfig=MANUAL).sends({"realtimeInput": {"activityStart": {}}})

    assert call.kinds[-2:] == ["interrupted", "turnComplete"]


def test_speech_does_not_interrupt_where_the_setup_forbids_it():
    call = in_an_answer(realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"}).speaks(0.5).is_silent(6.0)

    assert "interrupted" not in call.kinds
    assert call.kinds.count("turnComplete") == 2


def test_words_that_interrupt_a_thought_are_answered_together_with_the_ones_before():
    call = Call(gemini()).sets_up(tools=WEATHER).types("please call weather").speaks(0.5).is_silent(1.0)

    assert call.all("toolCall")[0]["functionCalls"][0]["name"] == "weather"
    assert call.kinds.count("functionCalls") == 1


# Function calls.


def asked_for_the_weather(**setup: object) -> Call:
    return Call(gemini(turns=("sunny",))).sets_up(tools=WEATHER, **setup).types("call weather").waits(0.4)


def test_a_function_call_waits_for_its_result():
    call = asked_for_the_weather(generationConfig=TEXT).waits(60.0)
    (calls,) = call.all("toolCall", "functionCalls")

    call.sends({"tool_response": {"functionResponses": [{"id": calls[0]["id"], "response": {"output": "21 degrees"}}]}})
    call.waits(1.0)

    assert call.kinds == ["setupComplete", "functionCalls", "modelTurn", "generationComplete", "turnComplete"]


def test_ids_of_calls_are_19_digits_and_never_come_twice():
    vendor = gemini()
    first = Call(vendor).sets_up(tools=WEATHER).types("call weather").waits(0.4)
    second = Call(vendor).sets_up(tools=WEATHER).types("call weather").waits(0.4)

    ids = [call.all("toolCall", "functionCalls")[0][0]["id"] for call in (first, second)]
    assert len(set(ids)) == 2
    assert all(name.startswith("function-call-") and len(name) == len("function-call-") + 19 for name in ids)


def test_an_interrupted_call_is_cancelled():
    call = asked_for_the_weather()
    (calls,) = call.all("toolCall", "functionCalls")

    call.speaks(0.1)

    assert call.all("toolCallCancellation", "ids") == [[calls[0]["id"]]]
    assert call.kinds[-2:] == ["interrupted", "turnComplete"]


def test_a_result_nobody_asked_for_ends_the_session():
    call = Call(gemini()).sets_up().sends({"toolResponse": {"functionResponses": [{"id": "f1", "response": {}}]}})

    assert call.ending == (1008, "Requested entity was not found.")


def test_a_call_made_before_a_session_was_resumed_is_unknown_to_it():
    call = Call(gemini()).sets_up(tools=WEATHER, sessionResumption={}).types("hello").waits(6.0)
    handle = call.handle
    call.types("call weather").waits(1.0)
    (calls,) = call.all("toolCall", "functionCalls")

    again = call.redials(tools=WEATHER, sessionResumption={"handle": handle})
    again.sends({"toolResponse": {"functionResponses": [{"id": calls[0]["id"], "response": {"output": "late"}}]}})

    assert again.ending == (1008, "Requested entity was not found.")


def test_new_tools_in_the_middle_of_a_session_can_be_called():
    call = (
        Call(gemini())
        .sets_up()
        .sends({"contextUpdate": {"tools": {"tools": WEATHER}}})
        .types("call weather")
        .waits(1.0)
    )

    assert call.all("toolCall")[0]["functionCalls"][0]["name"] == "weather"


def test_an_update_of_the_context_is_not_answered():
    update = {"systemInstruction": {"parts": [{"text": "be brief"}]}, "tools": {"tools": []}}

    call = Call(gemini()).sets_up().sends({"contextUpdate": update}).waits(60.0)

    assert call.kinds == ["setupComplete"]
    assert call.ending is None


# Gemini 3: content is history, and nothing else.

GEMINI_3 = "models/gemini-3.1-flash-live-preview"


def test_a_gemini_3_session_takes_no_content_without_being_told_so():
    call = Call(gemini()).sets_up(model=GEMINI_3).types("hello")

    assert call.ending == (1007, "Request contains an invalid argument.")


def test_a_gemini_3_session_takes_history_without_answering_it():
    call = Call(gemini()).sets_up(model=GEMINI_3, historyConfig={"initialHistoryInClientContent": True})

    call.types("what was said before").waits(5.0)

    assert call.ending is None
    assert call.kinds == ["setupComplete"]


def test_a_resumed_gemini_3_session_takes_no_history():
    setup = {"model": GEMINI_3, "historyConfig": {"initialHistoryInClientContent": True}}
    call = Call(gemini()).sets_up(**setup, sessionResumption={}).sends({"realtimeInput": {"text": "hi"}}).waits(6.0)

    again = call.redials(**setup, sessionResumption={"handle": call.handle}).types("what was said before")

    assert again.ending == (1007, "Request contains an invalid argument.")


# Never raises, and always a shape that the vendor's client can read.

FIELDS = st.sampled_from(
    [
        "setup", "clientContent", "client_content", "realtimeInput", "toolResponse", "contextUpdate", "turns", "parts", "text",
        "role", "turnComplete", "audio", "video", "data", "mimeType", "mediaChunks", "activityStart", "audioStreamEnd",
        "functionResponses", "id", "response", "model", "tools", "functionDeclarations", "sessionResumption", "handle",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["models/m", "audio/pcm;rate=16000", "AAAA", "user", "model"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(VALUES | st.dictionaries(FIELDS, VALUES, min_size=1, max_size=1), max_size=4), st.booleans())
def test_whatever_a_client_says_the_session_answers_or_ends(said: list[object], is_set_up: bool):
    call = Call(gemini())
    if is_set_up:
        call.sets_up(sessionResumption={}, inputAudioTranscription={})

    for message in said:
        call.sends(json.dumps(message)).waits(0.4)
    call.hangs_up()

    assert call.session.wake_at_s() is None


@settings(deadline=None)
@given(st.binary(max_size=64) | st.text(max_size=64))
def test_whatever_a_frame_holds_the_session_answers_or_ends(payload: str | bytes):
    call = Call(gemini()).sets_up().sends(payload)

    assert call.ending is None or call.ending[0] == 1007


def turn_marks(call: Call) -> list[str]:
    return [kind for kind in call.kinds if kind in ("generationComplete", "interrupted", "turnComplete")]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["type", "speak", "silent", "text", "end", "wait"]), max_size=6))
def test_each_turn_is_completed_once(steps: list[str]):
    call = Call(gemini()).sets_up(sessionResumption={}, generationConfig={"responseModalities": ["AUDIO"]})

    for step in steps:
        match step:
            case "type":
                call.types("hello")
            case "speak":
                call.speaks(0.3)
            case "silent":
                call.is_silent(0.6)
            case "text":
                call.sends({"realtimeInput": {"text": "hello"}})
            case "end":
                call.sends({"realtimeInput": {"audioStreamEnd": True}})
            case "wait":
                call.waits(1.0)
    call.sends({"realtimeInput": {"audioStreamEnd": True}}).waits(30.0)

    begun = call.kinds.count("generationComplete") + call.kinds.count("interrupted")
    late = sum(a == "generationComplete" and b == "interrupted" for a, b in pairwise(turn_marks(call)))
    assert call.kinds.count("turnComplete") == begun - late
