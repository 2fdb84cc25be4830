"""The retired beta, for clients that ask for it: names, shapes and order of 2025."""

import json
from dataclasses import replace

import pytest

from mock_servers.base.trouble import ProviderError, Reject
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from mock_servers.openai_realtime.beta.catalogue import BETA_CATALOGUE
from tests.support.realtime_story import TOOL, Story, error, kinds, only, openai, request, text_turn

HEADERS = (("openai-beta", "realtime=v1"),)
SERVED = Settings(beta="served", processing_s=0.0)


def old_client(settings: Settings = SERVED, **query: str) -> Story:
    return Story(settings=settings, headers=HEADERS, **(query or {"model": "gpt-4o-realtime-preview"}))


def updated(story: Story, **session) -> list[dict]:
    return story.client("session.update", session=session)


def test_who_does_not_ask_for_the_beta_gets_the_ga_shape():
    session = Story(settings=SERVED).messages[0]["session"]

    assert session["type"] == "realtime"


def test_the_session_is_flat():
    session = old_client().messages[0]["session"]

    assert (session["modalities"], session["input_audio_format"], session["voice"]) == (
        ["audio", "text"],
        "pcm16",
        "marin",
    )
    assert session["temperature"] == 0.8
    assert "audio" not in session


def test_an_update_needs_no_type():
    session = only(updated(old_client(), instructions="Be brief."), "session.updated")["session"]

    assert session["instructions"] == "Be brief."


@pytest.mark.parametrize(
    "change",
    [
        {"modalities": ["text"]},
        {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw"},
        {"voice": "ash"},
        {"turn_detection": None},
        {"input_audio_noise_reduction": {"type": "near_field"}},
        {"max_response_output_tokens": 100},
        {"temperature": 0.7},
        {"tools": [TOOL]},
        {"speed": 1.2},
    ],
)
def test_what_a_session_was_given_is_told_back(change):
    session = only(updated(old_client(), **change), "session.updated")["session"]

    assert session | change == session


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"modalities": ["smell"]}, "invalid_value", "session.modalities[0]"),
        ({"input_audio_format": "mp3"}, "invalid_value", "session.input_audio_format"),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 2.0}},
            "invalid_value",
            "session.turn_detection.threshold",
        ),
        ({"nonsense": 1}, "unknown_parameter", "session.nonsense"),
        ({"temperature": 2.0}, "decimal_above_max_value", "session.temperature"),
        ({"temperature": 0.1}, "decimal_below_min_value", "session.temperature"),
    ],
)
def test_a_wrong_update_is_refused_with_its_place_in_the_betas_shape(change, code, param):
    story = old_client()
    refused = error(updated(story, **change))

    assert (refused["code"], refused["param"]) == (code, param)
    assert only(updated(story), "session.updated")["session"] == story.messages[0]["session"]


def test_a_spoken_answer_is_told_in_the_logged_order():
    story = old_client()
    items = text_turn(story)
    told = story.client("response.create") + story.passes(10)

    assert kinds(items) == ["conversation.item.created"]
    assert [kind for kind in kinds(told) if not kind.endswith(".delta")] == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_rate_limits_count_requests_too():
    story = old_client()
    limits = only(story.client("response.create"), "rate_limits.updated")["rate_limits"]

    assert [limit["name"] for limit in limits] == ["requests", "tokens"]


def test_items_say_what_they_are():
    story = old_client()
    item = text_turn(story)[0]["item"]

    assert item["object"] == "realtime.item"


@pytest.mark.parametrize(("modalities", "content"), [(["text"], "text"), (["text", "audio"], "audio")])
def test_what_the_assistant_says_has_the_old_names(modalities, content):
    story = old_client()
    updated(story, modalities=modalities)
    story.client("response.create")
    done = only(story.passes(10), "response.done")["response"]

    assert done["output"][0]["content"][0]["type"] == content
    assert "output_modalities" not in done


def test_history_is_put_back_as_text():
    item = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "I said so."}]}
    created = old_client().client("conversation.item.create", item=item)[0]

    assert created["item"]["content"] == [{"type": "text", "text": "I said so."}]


def test_deltas_are_not_padded():
    story = old_client()
    story.client("response.create")

    assert not [message for message in story.passes(10) if "obfuscation" in message]


def test_a_finished_call_does_not_repeat_its_name():
    story = old_client()
    updated(story, tools=[TOOL])
    text_turn(story, "call get_weather")
    story.client("response.create")

    assert "name" not in only(story.passes(10), "response.function_call_arguments.done")


def test_usage_knows_neither_images_nor_kinds_of_cached_tokens():
    story = old_client()
    story.client("response.create")
    details = only(story.passes(10), "response.done")["response"]["usage"]["input_token_details"]

    assert set(details) == {"text_tokens", "audio_tokens", "cached_tokens"}


def test_a_session_that_only_listens_has_names_of_its_own():
    story = old_client(intent="transcription")
    session = {"input_audio_transcription": {"model": "whisper-1"}}
    told = story.client("transcription_session.update", session=session)

    assert kinds(story.messages)[0] == "transcription_session.created"
    assert only(told, "transcription_session.updated")["session"]["input_audio_transcription"]["model"] == "whisper-1"


def test_observers_are_told_the_clients_own_words():
    story = old_client(intent="transcription")
    story.client("transcription_session.update", session={"input_audio_format": "pcm16"})
    heard = story.heard[-1]

    assert (heard.name, heard.body["session"]) == ("transcription_session.update", {"input_audio_format": "pcm16"})


def test_observers_are_told_no_secret():
    story = old_client(intent="transcription")

    assert "ek_" in story.sends[0].payload
    assert "ek_" not in repr(story.sends[0].body)


def test_what_the_session_does_not_understand_is_told_as_ever():
    story = old_client()

    assert error(story.raw("{"))["code"] == "invalid_json"
    assert error(story.client("response.make"))["code"] == "invalid_value"


def test_troubles_are_the_sessions_own():
    story = old_client()
    told = story.troubled(ProviderError(code="server_error"))
    story.troubled(Reject(name="session.update"))

    assert error(told)["type"] == "server_error"
    assert kinds(updated(story)) == ["error"]


@pytest.mark.parametrize("name", sorted(BETA_CATALOGUE.server))
def test_every_event_of_the_beta_has_an_example(name):
    vendor = openai(SERVED)

    assert vendor.message(name, old_client().session)["type"] == name


def asked(path: str, body: dict, vendor: OpenAIRealtime) -> tuple[int, dict]:
    post = replace(request(path), method="POST", is_upgrade=False, body=json.dumps(body).encode())
    answer = vendor.asked(post, 0.0)
    return answer.status, json.loads(answer.body[0].data)


def test_a_session_is_made_over_rest_with_its_key():
    vendor = openai(SERVED)
    status, session = asked("/v1/realtime/sessions", {"model": "gpt-4o-realtime-preview", "voice": "ash"}, vendor)

    assert (status, session["voice"]) == (200, "ash")
    assert session["client_secret"]["value"].startswith("ek_")


def test_a_transcription_session_is_made_over_rest():
    status, session = asked("/v1/realtime/transcription_sessions", {"input_audio_format": "g711_ulaw"}, openai(SERVED))

    assert (status, session["input_audio_format"]) == (200, "g711_ulaw")


def test_there_are_no_such_sessions_where_the_beta_is_over():
    status, _ = asked("/v1/realtime/sessions", {}, openai())

    assert status == 404
