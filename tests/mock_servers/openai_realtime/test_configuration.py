"""What an update makes of a session, and what it may not."""

import pytest

from tests.support.realtime_story import TOOL, Story, configured, error, kinds, only, text_turn


def test_an_update_is_answered_with_the_whole_session():
    story = Story()
    updated = only(
        story.client("session.update", session={"type": "realtime", "instructions": "Be brief."}), "session.updated"
    )

    assert updated["session"] == story.messages[0]["session"] | {"instructions": "Be brief."}


def test_an_update_reaches_deep_and_leaves_the_rest():
    story = configured(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 700}}})
    detection = story.messages[-1]["session"]["audio"]["input"]["turn_detection"]

    assert (detection["silence_duration_ms"], detection["prefix_padding_ms"]) == (700, 300)


def test_null_clears():
    story = configured(audio={"input": {"turn_detection": None}})

    assert story.messages[-1]["session"]["audio"]["input"]["turn_detection"] is None


def test_another_kind_of_turn_detection_keeps_nothing_of_the_last():
    story = configured(audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
    detection = story.messages[-1]["session"]["audio"]["input"]["turn_detection"]

    assert set(detection) == {"type", "eagerness", "create_response", "interrupt_response"}


def test_an_update_without_a_type_is_refused():
    refused = error(Story().client("session.update", session={"instructions": "x"}))

    assert (refused["code"], refused["param"]) == ("missing_required_parameter", "session.type")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"temperature": 0.7}, "unknown_parameter", "session.temperature"),
        ({"tools": [TOOL | {"meta": 1}]}, "unknown_parameter", "session.tools[0].meta"),
        ({"tools": [TOOL | {"description": "x" * 1025}]}, "string_above_max_length", "session.tools[0].description"),
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
        ({"audio": {"output": {"speed": 9.0}}}, "invalid_value", "session.audio.output.speed"),
        (
            {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 8000}}}},
            "invalid_value",
            "session.audio.input.format.rate",
        ),
        ({"model": "gpt-realtime-2"}, "invalid_value", "session.model"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        ({"id": "sess_mine"}, "unknown_parameter", "session.id"),
    ],
)
def test_a_wrong_update_is_refused_with_its_place(session, code, param):
    refused = error(Story().client("session.update", session={"type": "realtime", **session}))

    assert (refused["code"], refused["param"]) == (code, param)


def test_a_wrong_update_is_refused_whole():
    story = Story()
    story.client("session.update", session={"type": "realtime", "instructions": "Be brief.", "nonsense": 1})
    updated = story.client("session.update", session={"type": "realtime"})

    assert updated[0]["session"] == story.messages[0]["session"]


def test_the_voice_stays_once_it_was_heard():
    story = Story()
    text_turn(story)
    story.client("response.create")
    story.passes(10)
    refused = error(
        story.client("session.update", session={"type": "realtime", "audio": {"output": {"voice": "cedar"}}})
    )

    assert refused["code"] == "cannot_update_voice"


def test_the_same_voice_may_be_sent_again():
    story = Story()
    text_turn(story)
    story.client("response.create")
    story.passes(10)
    voice = story.messages[0]["session"]["audio"]["output"]["voice"]
    answer = story.client("session.update", session={"type": "realtime", "audio": {"output": {"voice": voice}}})

    assert kinds(answer) == ["session.updated"]


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_telephone_formats_are_told_without_a_rate(kind):
    story = configured(audio={"input": {"format": {"type": kind}}})

    assert story.messages[-1]["session"]["audio"]["input"]["format"] == {"type": kind}


def test_transcription_is_told_with_what_was_left_open():
    story = configured(audio={"input": {"transcription": {"model": "whisper-1"}}})

    transcription = story.messages[-1]["session"]["audio"]["input"]["transcription"]
    assert transcription == {"model": "whisper-1", "language": None, "prompt": None}


def test_a_voice_of_ones_own_is_told_by_its_name():
    story = configured(audio={"output": {"voice": {"id": "voice_1"}}})

    assert story.messages[-1]["session"]["audio"]["output"]["voice"] == "voice_1"


@pytest.mark.parametrize(
    "session",
    [
        {"prompt": {"id": "pmpt_1", "variables": {"name": "Ann"}}},
        {"tracing": {"workflow_name": "support"}},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 0.8}},
        {"parallel_tool_calls": False},
        {"reasoning": {"effort": "low"}},
        {"include": ["item.input_audio_transcription.logprobs"]},
    ],
)
def test_what_a_session_was_given_is_told_back(session):
    told = configured(**session).messages[-1]["session"]

    assert told | session == told


def test_tracing_stays_as_it_was_once_it_is_on():
    story = configured(tracing="auto")
    refused = error(story.client("session.update", session={"type": "realtime", "tracing": None}))

    assert refused["param"] == "session.tracing"


def test_a_prompt_for_transcription_may_have_1024_characters():
    transcription = {"model": "gpt-4o-transcribe", "prompt": "x" * 1025}
    session = {"type": "realtime", "audio": {"input": {"transcription": transcription}}}
    refused = error(Story().client("session.update", session=session))

    assert refused["code"] == "string_above_max_length"


def test_a_session_that_only_listens_knows_no_voice():
    story = Story(intent="transcription")
    refused = error(story.client("session.update", session={"type": "transcription", "instructions": "x"}))

    assert (refused["code"], refused["param"]) == ("unknown_parameter", "session.instructions")


def test_a_session_that_only_listens_tells_nothing_of_responses():
    story = Story(intent="transcription")
    detection = {"type": "server_vad", "silence_duration_ms": 700}
    updated = story.client(
        "session.update", session={"type": "transcription", "audio": {"input": {"turn_detection": detection}}}
    )

    assert set(updated[0]["session"]["audio"]["input"]["turn_detection"]) == {
        "type",
        "threshold",
        "prefix_padding_ms",
        "silence_duration_ms",
    }


def test_credentials_of_tools_are_not_told_to_observers():
    tool = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example", "authorization": "secret-1"}
    story = configured(tools=[tool | {"headers": {"x-key": "secret-2"}}])

    assert "secret-" not in repr([action.body for action in story.sends] + [heard.body for heard in story.heard])
