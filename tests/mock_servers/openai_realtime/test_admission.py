"""Who is let in, and what becomes of the others."""

import json
from dataclasses import replace

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Close, Ready, Send
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.support.realtime_story import Story, error, kinds, openai, request, text_turn


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


def test_without_a_list_of_keys_two_are_still_none():
    for key in ("invalid", "sk-invalid-mine"):
        asked = replace(request(model="gpt-realtime"), headers=(("authorization", f"Bearer {key}"),))
        (send, _) = OpenAIRealtime(Conversation()).asked(asked, 0.0).opened(0.0)

        assert json.loads(send.payload)["error"]["code"] == "invalid_api_key"


def test_a_request_without_a_key_is_turned_away():
    asked = replace(request(model="gpt-realtime"), headers=())
    (_, close) = OpenAIRealtime(Conversation()).asked(asked, 0.0).opened(0.0)

    assert close.code == 3000


def test_the_betas_subprotocol_is_over_too():
    refused, close = turned_away(
        model="gpt-realtime", headers=(("sec-websocket-protocol", "realtime, openai-beta.realtime-v1"),)
    )

    assert (refused["code"], close.code) == ("beta_api_shape_disabled", 4000)


@pytest.mark.parametrize(
    ("settings", "code", "close_code"),
    [
        (Settings(powerless_keys="sk-mock"), "insufficient_permissions", 3000),
        (Settings(gone_models="gpt-realtime"), "model_not_found", 4004),
    ],
)
def test_what_nobody_has_recorded_can_be_switched_on(settings, code, close_code):
    refused, close = turned_away(vendor=OpenAIRealtime(Conversation(), settings=settings), model="gpt-realtime")

    assert (refused["code"], close.code) == (code, close_code)


@pytest.mark.parametrize("path", ["/v1/realtime", "/realtime"])
def test_both_paths_lead_to_a_session(path):
    session = OpenAIRealtime(Conversation()).asked(request(path, model="gpt-realtime"), 0.0)

    assert kinds([json.loads(session.opened(0.0)[0].payload)]) == ["session.created"]


def test_a_model_in_the_address_of_a_transcription_session_is_refused():
    refused, _ = turned_away(intent="transcription", model="gpt-4o-transcribe")

    assert refused["code"] == "invalid_model"


def test_a_new_connection_knows_nothing_of_the_last():
    vendor = openai()
    first = Story(vendor)
    item_id = text_turn(first)[0]["item"]["id"]
    second = Story(vendor)
    refused = error(second.client("conversation.item.retrieve", item_id=item_id))

    assert refused["code"] == "item_retrieve_invalid_item_id"
    assert second.messages[0]["session"]["instructions"] == first.messages[0]["session"]["instructions"]
