"""Ephemeral keys: how they are made, what they begin, and when they end."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mock_servers.base.protocol import Answer
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.support.realtime_story import openai, request


def asked(vendor: OpenAIRealtime, body: Any, *, key: str = "sk-mock", now_s: float = 0.0) -> Answer:
    post = replace(
        request("/v1/realtime/client_secrets"),
        method="POST",
        is_upgrade=False,
        body=json.dumps(body).encode(),
        headers=(("authorization", f"Bearer {key}"),),
    )
    answer = vendor.asked(post, now_s)
    assert isinstance(answer, Answer)
    return answer


def body_of(answer: Answer) -> dict[str, Any]:
    return json.loads(answer.body[0].data)


def first_event(vendor: OpenAIRealtime, key: str, *, now_s: float = 0.0, **query: str) -> dict[str, Any]:
    dial = replace(request(**(query or {"model": "gpt-realtime"})), headers=(("authorization", f"Bearer {key}"),))
    session = vendor.asked(dial, now_s)
    assert not isinstance(session, Answer)
    return json.loads(session.opened(now_s)[0].payload)


def test_a_secret_lasts_ten_minutes_where_nothing_else_is_said():
    answer = body_of(asked(openai(), {}))

    assert answer["value"].startswith("ek_")
    assert answer["expires_at"] == 1_800_000_600


def test_a_secret_begins_sessions_until_it_expires():
    vendor = openai()
    value = body_of(asked(vendor, {"expires_after": {"anchor": "created_at", "seconds": 10}}))["value"]

    assert first_event(vendor, value, now_s=9.9)["type"] == "session.created"
    assert first_event(vendor, value, now_s=10.0)["error"]["code"] == "invalid_api_key"


def test_a_session_begins_as_its_secret_says():
    vendor = openai()
    wanted = {"type": "realtime", "model": "gpt-realtime-2.1", "instructions": "Of the secret."}
    answer = body_of(asked(vendor, {"session": wanted}))
    created = first_event(vendor, answer["value"], intent="")["session"]

    assert answer["session"] | wanted == answer["session"]
    assert created | wanted == created


def test_the_address_may_name_another_model():
    vendor = openai()
    wanted = {"type": "realtime", "model": "gpt-realtime-2.1", "instructions": "Of the secret."}
    value = body_of(asked(vendor, {"session": wanted}))["value"]
    created = first_event(vendor, value, model="gpt-realtime")["session"]

    assert (created["model"], created["instructions"]) == ("gpt-realtime", "Of the secret.")


def test_a_secret_can_be_for_a_session_that_only_listens():
    vendor = openai()
    value = body_of(asked(vendor, {"session": {"type": "transcription"}}))["value"]

    assert first_event(vendor, value)["session"]["type"] == "transcription"


def test_a_secret_can_be_brought_as_a_subprotocol():
    vendor = openai()
    value = body_of(asked(vendor, {}))["value"]
    dial = replace(
        request(model="gpt-realtime"),
        headers=(("sec-websocket-protocol", f"realtime, openai-insecure-api-key.{value}"),),
    )
    session = vendor.asked(dial, 0.0)

    assert session.subprotocol == "realtime"
    assert json.loads(session.opened(0.0)[0].payload)["type"] == "session.created"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"expires_after": {"anchor": "created_at", "seconds": 9}}, ".expires_after.seconds"),
        ({"expires_after": {"anchor": "created_at", "seconds": 7201}}, ".expires_after.seconds"),
        ({"session": {"instructions": "x"}}, "session.type"),
        ({"session": {"type": "realtime", "voice": "x"}}, "session.voice"),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(body, param):
    answer = asked(openai(), body)

    assert (answer.status, body_of(answer)["error"]["param"].lstrip(".")) == (400, param.lstrip("."))


def test_a_request_that_is_no_json_is_refused():
    post = replace(request("/v1/realtime/client_secrets"), method="POST", is_upgrade=False, body=b"{")

    assert openai().asked(post, 0.0).status == 400


def test_a_bad_key_gets_no_secret():
    answer = asked(openai(Settings(api_keys="sk-good")), {})

    assert (answer.status, body_of(answer)["error"]["code"]) == (401, "invalid_api_key")


def test_a_secret_that_nobody_made_opens_nothing():
    assert first_event(openai(), "ek_mine")["error"]["code"] == "invalid_api_key"
