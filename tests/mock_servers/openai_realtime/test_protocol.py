"""Stories of sessions without a server: who is let in, what is said, in which order, and what is refused."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Close, Heard, Ready, Send
from mock_servers.base.trouble import (
    FailResponse,
    GoAway,
    ProviderError,
    Quota,
    RateLimited,
    Reject,
    SessionExpired,
    Unsupported,
)
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from mock_servers.openai_realtime.catalogue import CATALOGUE, SERVER_TYPES
from tests.support.realtime_story import Story, kinds, only, openai, request

TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}

SPOKEN_RESPONSE = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
]


def text_turn(story: Story, text: str = "hello") -> list[dict]:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return story.client("conversation.item.create", item=item)


def configured(**session) -> Story:
    story = Story()
    story.client("session.update", session={"type": "realtime", **session})
    return story


def error(messages: list[dict]) -> dict:
    return only(messages, "error")["error"]


# Admission.


def turned_away(*, vendor: OpenAIRealtime | None = None, **arguments) -> tuple[dict, Close]:
    vendor = vendor or OpenAIRealtime(Conversation())
    session = vendor.asked(request(**arguments), 0.0)
    send, close = session.opened(0.0)
    assert isinstance(send, Send)
    assert isinstance(close, Close)
    return json.loads(send.payload)["error"], close


def test_a_session_begins_with_session_created():
    story = Story()

    assert kinds(story.messages) == ["session.created"]
    assert story.actions[-1] == Ready()


def test_a_session_tells_its_end():
    session = Story().messages[0]["session"]

    assert session["expires_at"] == 1_800_003_600


def test_a_bad_key_is_let_in_and_then_closed_with_3000():
    refused, close = turned_away(
        vendor=OpenAIRealtime(Conversation(), settings=Settings(api_keys="sk-good")), model="gpt-realtime"
    )

    assert refused["code"] == "invalid_api_key"
    assert close == Close(code=3000, reason="invalid_request_error.invalid_api_key")


def test_a_bad_key_is_not_repeated():
    refused, _ = turned_away(
        vendor=OpenAIRealtime(Conversation(), settings=Settings(api_keys="sk-good")), model="gpt-realtime"
    )

    assert "sk-mock" not in json.dumps(refused)


def test_a_bad_key_can_be_refused_over_http():
    vendor = OpenAIRealtime(Conversation(), settings=Settings(api_keys="sk-good", auth_failure="http"))
    answer = vendor.asked(request(model="gpt-realtime"), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 401


def test_the_beta_is_over():
    refused, close = turned_away(model="gpt-realtime", headers=(("openai-beta", "realtime=v1"),))

    assert (refused["code"], close.code) == ("beta_api_shape_disabled", 4000)


@pytest.mark.parametrize(("query", "code"), [({}, "missing_model"), ({"model": "gpt-4o"}, "invalid_model")])
def test_a_session_needs_a_realtime_model(query, code):
    refused, close = turned_away(**query)

    assert (refused["code"], close.code) == (code, 4000)


def test_other_paths_are_not_found():
    answer = OpenAIRealtime(Conversation()).asked(request("/v1/chat"), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 404


def test_a_browser_brings_its_key_as_a_subprotocol_and_gets_the_other_one():
    offered = request(
        model="gpt-realtime", headers=(("sec-websocket-protocol", "realtime, openai-insecure-api-key.k"),)
    )
    session = OpenAIRealtime(Conversation()).asked(offered, 0.0)

    assert session.subprotocol == "realtime"


def test_no_id_comes_back_on_another_connection():
    vendor = OpenAIRealtime(Conversation(seed=1))
    ids = []
    for _ in range(2):
        story = Story(vendor)
        text_turn(story)
        story.client("response.create")
        story.passes(10)
        ids.append({message["event_id"] for message in story.messages} | {story.messages[0]["session"]["id"]})

    assert not ids[0] & ids[1]


def test_a_transcription_session_has_its_own_shape():
    session = Story(intent="transcription").messages[0]["session"]

    assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")


# Configuration.


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


# Responses.


def test_a_text_turn_is_answered_in_the_recorded_order():
    story = Story()
    items = text_turn(story)
    response = story.client("response.create") + story.passes(10)

    assert kinds(items) == ["conversation.item.added", "conversation.item.done"]
    assert [kind for kind in kinds(response) if not kind.endswith(".delta")] == SPOKEN_RESPONSE


def test_the_transcript_runs_ahead_of_the_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    types = [message["type"] for message in response]
    last_word = len(types) - types[::-1].index("response.output_audio_transcript.delta")
    last_audio = len(types) - types[::-1].index("response.output_audio.delta")

    assert last_word < last_audio


def test_deltas_put_together_are_the_transcript():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    deltas = [m["delta"] for m in response if m["type"] == "response.output_audio_transcript.delta"]

    assert "".join(deltas) == only(response, "response.output_audio_transcript.done")["transcript"]


def test_the_audio_is_the_agents_unbroken_voice():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    pcm = b"".join(base64.b64decode(m["delta"]) for m in response if m["type"] == "response.output_audio.delta")
    words = only(response, "response.output_audio_transcript.done")["transcript"].split()

    assert pcm == coded(AGENT_STREAM, 0, len(words) * 12_000)


def test_audio_comes_four_times_faster_than_it_lasts():
    story = Story()
    before = len(story.times_s)
    story.client("response.create")
    story.passes(10)
    times = [
        at
        for at, message in zip(story.times_s[before:], story.messages[before:], strict=True)
        if message["type"] == "response.output_audio.delta"
    ]

    assert times[4] - times[0] == pytest.approx(0.1)


def test_the_answer_begins_after_the_agreed_wait():
    story = Story(openai(reply_after_s=1.5))
    story.client("response.create")

    assert story.passes(1.49) == []
    assert kinds(story.passes(0.02))[0] == "response.output_item.added"


def test_a_part_is_audio_where_an_item_is_output_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)

    assert only(response, "response.content_part.done")["part"]["type"] == "audio"
    assert only(response, "response.output_item.done")["item"]["content"][0]["type"] == "output_audio"


def test_no_item_shows_its_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)

    assert "audio" not in only(response, "conversation.item.done")["item"]["content"][0]


def test_short_deltas_are_padded():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    delta = next(m for m in response if m["type"] == "response.output_audio_transcript.delta")

    assert len(delta["delta"]) + len(delta["obfuscation"]) == 16


def test_usage_adds_up():
    story = Story()
    text_turn(story)
    usage = only(story.client("response.create") + story.passes(10), "response.done")["response"]["usage"]

    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["output_tokens"] == sum(usage["output_token_details"].values())
    assert usage["input_token_details"]["cached_tokens"] <= usage["input_tokens"]


def test_rate_limits_tell_tokens_only():
    story = Story()
    limits = only(story.client("response.create") + story.passes(10), "rate_limits.updated")["rate_limits"]

    assert [limit["name"] for limit in limits] == ["tokens"]


def test_a_text_session_answers_in_text():
    story = configured(output_modalities=["text"])
    response = story.client("response.create") + story.passes(10)

    assert not [m for m in response if "audio" in m["type"]]
    assert only(response, "response.output_text.done")["text"]


def test_a_second_response_is_refused_and_the_first_goes_on():
    story = Story()
    first = story.client("response.create")[0]["response"]["id"]
    refused = error(story.client("response.create"))

    assert refused["code"] == "conversation_already_has_active_response"
    assert f"in progress: {first}" in refused["message"]
    assert only(story.passes(10), "response.done")["response"]["status"] == "completed"


def test_a_response_outside_of_the_conversation_runs_beside_it():
    story = Story()
    story.client("response.create")
    beside = story.client("response.create", response={"conversation": "none", "metadata": {"for": "test"}})[0]
    done = [m["response"] for m in story.passes(10) if m["type"] == "response.done"]

    assert (beside["response"]["conversation_id"], beside["response"]["metadata"]) == (None, {"for": "test"})
    assert [response["status"] for response in done] == ["completed", "completed"]


def test_a_cancelled_response_closes_what_it_opened():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    ended = story.client("response.cancel")

    assert kinds(ended) == SPOKEN_RESPONSE[4:-1]
    assert ended[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert ended[-2]["item"]["status"] == "incomplete"


def test_a_cancelled_response_says_nothing_more():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    story.client("response.cancel")

    assert kinds(story.passes(10)) == ["rate_limits.updated"]


def test_a_response_that_had_not_begun_is_cancelled_without_a_trace():
    story = Story()
    story.client("response.create")
    ended = story.client("response.cancel")

    assert kinds(ended) == ["response.done"]
    assert (ended[0]["response"]["output"], ended[0]["response"]["usage"]["total_tokens"]) == ([], 0)


def test_cancelling_nothing_is_an_error_that_hurts_nobody():
    story = Story()
    refused = error(story.client("response.cancel"))

    assert (refused["code"], story.close) == ("response_cancel_not_active", None)
    assert refused["message"].startswith("Cancellation failed")


# Functions.


def tool_call(story: Story) -> list[dict]:
    text_turn(story, "please call get_weather")
    return story.client("response.create") + story.passes(10)


def test_a_function_call_has_no_content_parts():
    assert [kind for kind in kinds(tool_call(configured(tools=[TOOL]))) if not kind.endswith(".delta")] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]


def test_a_function_call_tells_name_and_whole_arguments():
    messages = tool_call(configured(tools=[TOOL]))
    done = only(messages, "response.function_call_arguments.done")
    deltas = [m["delta"] for m in messages if m["type"] == "response.function_call_arguments.delta"]

    assert done["name"] == "get_weather"
    assert "".join(deltas) == done["arguments"]
    assert isinstance(json.loads(done["arguments"]), dict)


def test_a_result_is_followed_by_an_answer():
    story = configured(tools=[TOOL])
    call_id = only(tool_call(story), "response.function_call_arguments.done")["call_id"]
    output = {"type": "function_call_output", "call_id": call_id, "output": "sunny"}
    echoed = story.client("conversation.item.create", item=output)
    answer = story.client("response.create") + story.passes(10)

    assert "status" not in echoed[0]["item"]
    assert only(answer, "response.done")["response"]["output"][0]["type"] == "message"


def test_a_result_that_comes_early_is_shown_after_the_response():
    story = Story()
    story.client("response.create")
    output = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
    early = story.client("conversation.item.create", item=output)
    later = story.passes(10)
    shown = next(m for m in later if m["type"] == "conversation.item.added" and m["item"]["type"] == output["type"])

    assert early == []
    assert later.index(shown) > later.index(only(later, "response.done"))


def test_a_required_tool_is_called():
    story = configured(tools=[TOOL])
    response = story.client("response.create", response={"tool_choice": "required"}) + story.passes(10)

    assert only(response, "response.function_call_arguments.done")["name"] == "get_weather"


# The caller speaks.


def test_a_spoken_turn_is_told_in_the_recorded_order():
    story = Story()
    story.is_silent(1.0)
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert [kind for kind in kinds(story.messages) if not kind.endswith(".delta")] == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        *SPOKEN_RESPONSE,
    ]


def test_a_turn_has_one_item_id_from_its_start_to_its_item():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)
    ids = {m["item_id"] for m in story.messages if m["type"].startswith("input_audio_buffer.")}
    added = only([m for m in story.messages if m["type"] == "conversation.item.added"], "conversation.item.added")

    assert ids == {added["item"]["id"]}


def test_turn_times_are_those_of_the_sessions_audio():
    story = Story()
    story.is_silent(1.0)
    story.says(1.0)
    story.is_silent(0.3)

    assert only(story.messages, "input_audio_buffer.speech_started")["audio_start_ms"] == 700
    assert only(story.messages, "input_audio_buffer.speech_stopped")["audio_end_ms"] == 2200


def test_the_callers_words_are_written_down_where_that_was_asked_for():
    story = configured(audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}}})
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)
    completed = only(story.messages, "conversation.item.input_audio_transcription.completed")
    deltas = [m["delta"] for m in story.messages if m["type"].endswith("input_audio_transcription.delta")]

    assert completed["transcript"] == " ".join(Conversation(seed=1).word(cell) for cell in range(4))
    assert "".join(deltas) == completed["transcript"]


def test_nothing_is_written_down_where_nobody_asked():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert not [m for m in story.messages if "input_audio_transcription" in m["type"]]


def test_an_append_is_never_acknowledged():
    assert Story().is_silent(1.0) == []


def test_an_append_is_heard_with_its_audio():
    story = Story()
    story.says(0.02)

    assert story.heard[-1].audio == coded(1, 0, 960)
    assert "audio" not in story.heard[-1].body


def test_a_caller_who_interrupts_ends_the_response():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.says(0.02)

    assert kinds(told)[0] == "input_audio_buffer.speech_started"
    details = only(told, "response.done")["response"]["status_details"]
    assert details == {"type": "cancelled", "reason": "turn_detected"}


def test_a_response_that_may_not_be_interrupted_goes_on():
    story = configured(audio={"input": {"turn_detection": {"interrupt_response": False}}})
    story.client("response.create")
    story.passes(0.5)
    story.says(0.5)
    story.passes(5)

    assert only(story.messages, "response.done")["response"]["status"] == "completed"


def test_a_turn_without_create_response_is_not_answered():
    story = configured(audio={"input": {"turn_detection": {"create_response": False}}})
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert kinds(story.messages)[-1] == "conversation.item.done"


def test_without_turn_detection_the_client_commits():
    story = configured(audio={"input": {"turn_detection": None}})
    quiet = story.says(1.0) + story.is_silent(2.0)
    told = story.client("input_audio_buffer.commit")

    assert quiet == []
    assert kinds(told) == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]


def test_less_than_100_ms_cannot_be_committed():
    story = configured(audio={"input": {"turn_detection": None}})
    story.says(0.08)
    refused = error(story.client("input_audio_buffer.commit"))

    assert refused["code"] == "input_audio_buffer_commit_empty"
    assert "80.00ms" in refused["message"]


def test_a_cleared_buffer_is_empty():
    story = configured(audio={"input": {"turn_detection": None}})
    story.says(1.0)

    assert kinds(story.client("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert error(story.client("input_audio_buffer.commit"))["code"] == "input_audio_buffer_commit_empty"


# Items.


def spoken_item(story: Story) -> dict:
    return only(story.client("response.create") + story.passes(10), "response.output_item.done")["item"]


def test_a_retrieved_item_has_its_audio():
    story = Story()
    item = spoken_item(story)
    retrieved = only(story.client("conversation.item.retrieve", item_id=item["id"]), "conversation.item.retrieved")
    words = item["content"][0]["transcript"].split()

    assert len(base64.b64decode(retrieved["item"]["content"][0]["audio"])) == 12_000 * len(words)


@pytest.mark.parametrize("verb", ["retrieve", "delete", "truncate"])
def test_an_item_that_is_not_there_has_a_code_for_each_verb(verb):
    fields = {"content_index": 0, "audio_end_ms": 0} if verb == "truncate" else {}
    refused = error(Story().client(f"conversation.item.{verb}", item_id="item_of_an_older_session", **fields))

    assert refused["code"] == f"item_{verb}_invalid_item_id"


def test_a_deleted_item_is_gone():
    story = Story()
    item = spoken_item(story)
    deleted = story.client("conversation.item.delete", item_id=item["id"])

    assert kinds(deleted) == ["conversation.item.deleted"]
    assert error(story.client("conversation.item.delete", item_id=item["id"]))["code"] == "item_delete_invalid_item_id"


def truncate(story: Story, item: dict, audio_end_ms: int) -> list[dict]:
    return story.client("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=audio_end_ms)


def test_a_truncated_item_loses_its_transcript_and_the_rest_of_its_audio():
    story = Story()
    item = spoken_item(story)
    told = truncate(story, item, 500)
    content = story.client("conversation.item.retrieve", item_id=item["id"])[0]["item"]["content"][0]

    assert kinds(told) == ["conversation.item.truncated"]
    assert (content["transcript"], len(base64.b64decode(content["audio"]))) == ("", 24_000)


def test_an_item_cannot_be_truncated_beyond_its_audio():
    story = Story()
    item = spoken_item(story)

    assert "is already shorter than 60000ms" in error(truncate(story, item, 60_000))["message"]


def test_an_item_cannot_be_truncated_before_its_beginning():
    story = Story()
    item = spoken_item(story)

    assert error(truncate(story, item, -1))["code"] == "integer_below_min_value"


def test_an_item_without_audio_cannot_be_truncated():
    story = Story()
    item = text_turn(story)[0]["item"]

    assert error(truncate(story, item, 0))["code"] == "unsupported_content_type"


def test_history_is_put_back_as_text():
    story = Story()
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I said so."}]}
    story.client("conversation.item.create", item=item)
    added = text_turn(story)[0]

    assert added["previous_item_id"] == story.messages[1]["item"]["id"]


def test_history_cannot_be_put_back_as_audio():
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "I said so."}]}
    refused = error(Story().client("conversation.item.create", item=item))

    assert (refused["code"], refused["param"]) == ("missing_required_parameter", "item.content[0].text")


def test_an_item_can_be_put_to_the_front():
    story = Story()
    first = text_turn(story)[0]["item"]["id"]
    item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]}
    added = story.client("conversation.item.create", item=item, previous_item_id="root")[0]
    third = text_turn(story)[0]

    assert (added["previous_item_id"], third["previous_item_id"]) == (None, first)


def test_an_item_behind_one_that_is_not_there_is_refused():
    item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]}
    refused = error(Story().client("conversation.item.create", item=item, previous_item_id="item_gone"))

    assert refused["param"] == "previous_item_id"


# Errors.


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("{", "invalid_json"),
        ("NaN", "invalid_json"),
        ("[]", "invalid_event"),
        ('{"session": {}}', "invalid_event"),
        (b"\x00", "invalid_event"),
        ('{"type": "response.make"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "?"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append"}', "missing_required_parameter"),
        ('{"type": "conversation.item.create"}', "missing_required_parameter"),
    ],
)
def test_a_wrong_event_is_an_error_and_the_session_goes_on(payload, code):
    story = Story()
    refused = error(story.raw(payload))

    assert (refused["code"], story.close) == (code, None)
    assert kinds(text_turn(story))[0] == "conversation.item.added"


def test_an_error_gives_the_clients_event_id_back():
    assert error(Story().client("response.cancel", event_id="mine"))["event_id"] == "mine"


def test_an_error_has_all_its_keys():
    assert set(error(Story().client("response.cancel"))) == {"type", "code", "message", "param", "event_id"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(["session", "item", "response", "item_id", "audio", "content_index", "audio_end_ms", "event_id"]),
    JSON | st.dictionaries(st.sampled_from(["type", "role", "content", "audio", "tools", "conversation"]), JSON),
)


@settings(max_examples=80, deadline=None)
@given(events=st.lists(st.tuples(st.sampled_from(sorted(CATALOGUE.client)), FIELDS), max_size=6))
def test_whatever_a_client_sends_the_session_answers_or_says_what_is_wrong(events):
    story = Story()
    for kind, fields in events:
        story.client(kind, **fields)
        story.passes(0.4)

    assert {message["type"] for message in story.messages} <= CATALOGUE.server


@given(payload=st.text() | st.binary())
def test_noise_is_an_error(payload):
    story = Story()
    story.raw(payload)

    assert story.messages[-1]["type"] == "error"


@pytest.mark.parametrize("levels", [100, 600, 100_000])
def test_a_deeply_nested_event_is_an_error(levels):
    story = Story()
    deep = "[" * levels + "]" * levels
    refused = error(story.raw('{"type": "session.update", "session": {"type": "realtime", "prompt": ' + deep + "}}"))

    assert refused["code"] in ("invalid_value", "invalid_json")


def test_half_a_surrogate_pair_comes_back_as_it_was_sent():
    story = Story()
    payload = '{"type": "session.update", "session": {"type": "realtime", "instructions": "\\ud800"}}'
    updated = only(story.raw(payload), "session.updated")

    assert updated["session"]["instructions"] == "\ud800"
    assert story.actions[-1].payload.isascii()


def test_a_number_without_end_is_no_json():
    payload = '{"type": "session.update", "session": {"type": "realtime", "prompt": 1e999}}'

    assert error(Story().raw(payload))["code"] == "invalid_json"


# Limits and troubles.


def test_a_session_ends_at_its_cap_with_an_error_and_1001():
    story = Story(OpenAIRealtime(Conversation(), settings=Settings(session_cap_s=60.0)))
    quiet = story.passes(59.9)
    last = story.passes(0.2)

    assert quiet == []
    assert error(last)["code"] == "session_expired"
    assert story.close == Close(code=1001, reason="Your session hit the maximum duration of 1 minutes.")


def test_the_cap_ends_a_response_halfway():
    story = Story(OpenAIRealtime(Conversation(), settings=Settings(session_cap_s=60.0)))
    story.passes(59.5)
    story.client("response.create")
    story.passes(10)

    assert kinds(story.messages)[-1] == "error"
    assert story.session.wake_at_s() is None


def test_an_expired_session_ends_like_one_at_its_cap():
    story = Story()
    story.troubled(SessionExpired())

    assert story.close is not None
    assert (error(story.messages)["code"], story.close.code) == ("session_expired", 1001)


def test_a_provider_error_leaves_the_session_open():
    story = Story()
    told = error(story.troubled(ProviderError(code="server_error")))

    assert (told["type"], told["code"], story.close) == ("server_error", None, None)


def test_an_exhausted_quota_is_told_and_closed():
    story = Story()
    told = error(story.troubled(Quota()))

    assert told["code"] == "insufficient_quota"
    assert story.actions[-1] == Close(code=3000, reason="insufficient_quota.insufficient_quota")


def test_a_rate_limit_fails_the_response_that_is_running():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.troubled(RateLimited(retry_after_s=86.4))
    failed = only(told, "response.done")["response"]

    assert (failed["status"], failed["status_details"]["error"]["code"]) == ("failed", "rate_limit_exceeded")
    assert "try again in 1m26.4s" in error(told)["message"]


def test_a_rate_limit_without_a_response_is_an_error_event():
    assert kinds(Story().troubled(RateLimited(retry_after_s=3))) == ["error"]


def test_the_running_response_fails():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.troubled(FailResponse(code="server_error"))

    assert told[-1]["response"]["status_details"]["error"]["type"] == "server_error"
    assert "error" not in kinds(told)


def test_the_next_response_fails_where_none_is_running():
    story = Story()
    story.troubled(FailResponse(code="server_error"))
    failed = only(story.client("response.create") + story.passes(10), "response.done")
    passed = only(story.client("response.create") + story.passes(10), "response.done")

    assert [failed["response"]["status"], passed["response"]["status"]] == ["failed", "completed"]


def test_a_failure_that_was_lifted_does_not_come():
    story = Story()
    story.troubled(FailResponse(code="server_error"))
    story.session.relieved(FailResponse(code="server_error"), story.now_s)

    assert (
        only(story.client("response.create") + story.passes(10), "response.done")["response"]["status"] == "completed"
    )


def test_a_rejected_event_has_no_effect():
    story = Story()
    story.troubled(Reject(name="conversation.item.create"))
    told = text_turn(story)

    assert kinds(told) == ["error"]
    assert story.heard[-1] == Heard(name="conversation.item.create", body=story.heard[-1].body)


def test_an_event_is_no_longer_rejected_when_that_is_over():
    story = Story()
    story.troubled(Reject(name="conversation.item.create"))
    story.session.relieved(Reject(name="conversation.item.create"), story.now_s)

    assert kinds(text_turn(story))[0] == "conversation.item.added"


def test_openai_does_not_say_goodbye():
    with pytest.raises(Unsupported, match="OpenAI Realtime has no GoAway; it has ProviderError"):
        OpenAIRealtime(Conversation()).check(GoAway(time_left_s=1))


@pytest.mark.parametrize("name", SERVER_TYPES)
def test_every_server_event_has_an_example(name):
    assert OpenAIRealtime(Conversation()).message(name, None)["type"] == name


def test_observers_are_told_no_audio_and_no_dates():
    story = Story()
    story.client("response.create")
    story.passes(10)
    sends = [action for action in story.actions if isinstance(action, Send)]

    assert "expires_at" not in sends[0].body["session"]
    assert not [send for send in sends if send.audio and "delta" in send.body]
    assert b"".join(send.audio for send in sends)[:8] == coded(AGENT_STREAM, 0, 8)


def test_the_same_story_is_told_in_the_same_bytes():
    def told() -> list[str | bytes]:
        story = Story()
        story.says(1.0)
        story.is_silent(0.3)
        story.passes(10)
        return [action.payload for action in story.actions if isinstance(action, Send)]

    assert told() == told()
