"""Ephemeral tokens: how one is had, for how long it is good, how often, and what it locks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Request
from mock_servers.gemini_live import GeminiLive
from mock_servers.gemini_live.settings import Settings
from tests.support.gemini_story import PATH, Call, gemini, upgrade

CONSTRAINED = PATH.replace("v1beta", "v1alpha") + "Constrained"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
REFUSED = (
    1008,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication c",
)


def vendor(**settings: Any) -> GeminiLive:
    return GeminiLive(Conversation(seed=7), settings=Settings(**settings), unix_s=NOW.timestamp)


def asks(mock: GeminiLive, body: object = None, *, key: str = "good", path: str = "/v1alpha/auth_tokens") -> Answer:
    payload = b"" if body is None else json.dumps(body).encode()
    headers = (("x-goog-api-key", key),) if key else ()
    answer = mock.asked(Request(method="POST", path=path, headers=headers, body=payload), 0.0)
    assert isinstance(answer, Answer)
    return answer


def token(mock: GeminiLive, **body: object) -> str:
    answer = asks(mock, body)
    assert answer.status == 200, answer.body
    return str(json.loads(answer.body[0].data)["name"])


def dials(mock: GeminiLive, name: str, *, at_s: float = 0.0) -> Call:
    return Call(mock, now_s=at_s, request=upgrade(CONSTRAINED, key=name, authorization=f"Token {name}"))


def after(**span: float) -> str:
    return (NOW + timedelta(**span)).isoformat()


def test_a_token_is_a_name_that_says_what_it_is():
    assert token(vendor()).startswith("auth_tokens/")


def test_no_token_comes_twice():
    mock = vendor()

    assert token(mock) != token(mock)


def test_equal_servers_give_equal_tokens():
    assert token(vendor()) == token(vendor())


@pytest.mark.parametrize(
    ("body", "key", "path", "status"),
    [
        ({}, "", "/v1alpha/auth_tokens", 403),
        ({}, "invalid", "/v1alpha/auth_tokens", 400),
        ({}, "auth_tokens/other", "/v1alpha/auth_tokens", 401),
        ({}, "good", "/v1beta/auth_tokens", 404),
        ({"uses": -1}, "good", "/v1alpha/auth_tokens", 400),
        ({"use": 1}, "good", "/v1alpha/auth_tokens", 400),
        ({"expireTime": after(hours=21)}, "good", "/v1alpha/auth_tokens", 400),
        ({"newSessionExpireTime": after(seconds=-1)}, "good", "/v1alpha/auth_tokens", 400),
    ],
)
def test_a_request_that_cannot_be_is_refused(body: object, key: str, path: str, status: int):
    assert asks(vendor(), body, key=key, path=path).status == status


def test_a_token_opens_a_session():
    mock = vendor()

    assert dials(mock, token(mock)).sets_up().kinds == ["setupComplete"]


def test_a_token_may_be_shown_in_the_query():
    mock = vendor()
    query = (("access_token", token(mock)),)

    call = Call(mock, request=Request(method="GET", path=CONSTRAINED, query=query, is_upgrade=True))

    assert call.sets_up().kinds == ["setupComplete"]


def test_a_token_is_good_for_one_session():
    mock = vendor()
    name = token(mock)
    dials(mock, name).sets_up().hangs_up()

    assert dials(mock, name).sets_up().ending == REFUSED


@pytest.mark.parametrize(("uses", "sessions"), [(2, 2), (0, 5)])
def test_a_token_is_good_for_as_many_sessions_as_it_was_asked_for(uses: int, sessions: int):
    mock = vendor()
    name = token(mock, uses=uses)

    calls = [dials(mock, name).sets_up() for _ in range(5)]

    assert [call.ending for call in calls].count(None) == sessions


def test_resuming_a_session_is_no_use_of_its_token():
    mock = vendor()
    name = token(mock)
    call = dials(mock, name).sets_up(sessionResumption={}).types("hi").waits(120.0)

    again = call.redials(sessionResumption={"handle": call.handle})

    assert again.resumed is True


def test_a_token_opens_no_session_after_a_minute():
    mock = vendor()
    name = token(mock)

    assert dials(mock, name, at_s=60.0).sets_up().ending == REFUSED


def test_a_token_opens_sessions_for_as_long_as_it_was_asked_for():
    mock = vendor()
    name = token(mock, newSessionExpireTime=after(minutes=5))

    assert dials(mock, name, at_s=299.0).sets_up().ending is None


def test_a_session_ends_with_its_token():
    mock = vendor(connection_s=7200.0)
    call = dials(mock, token(mock)).sets_up(contextWindowCompression={}).waits(1799.0)
    assert call.ending is None

    assert call.waits(2.0).ending == REFUSED


def test_a_session_ends_when_its_token_was_asked_to():
    mock = vendor()
    call = dials(mock, token(mock, expireTime=after(seconds=20))).sets_up()

    assert call.waits(20.0).ending == REFUSED


def test_a_tokens_times_can_be_scaled():
    mock = vendor(time_scale=0.01)

    assert dials(mock, token(mock)).sets_up().waits(6.0).ending is not None


LOCKED = {"model": "models/locked", "generationConfig": {"responseModalities": ["TEXT"], "temperature": 0.1}}


def told_in_text(call: Call) -> bool:
    call.types("hi").waits(5.0)
    return any("text" in part for turn in call.all("serverContent", "modelTurn") for part in turn["parts"])


def test_a_setup_in_a_token_replaces_the_clients():
    mock = vendor()
    call = dials(mock, token(mock, bidiGenerateContentSetup=LOCKED)).sets_up(outputAudioTranscription={})

    assert told_in_text(call)


def test_a_field_mask_locks_what_it_names():
    mock = vendor()
    mask = "generationConfig.responseModalities"
    call = dials(mock, token(mock, bidi_generate_content_setup=LOCKED, field_mask=mask)).sets_up()

    assert told_in_text(call)


def test_a_field_mask_leaves_the_rest_to_the_client():
    mock = vendor()
    call = dials(mock, token(mock, bidiGenerateContentSetup=LOCKED, fieldMask="generationConfig.temperature")).sets_up()

    assert not told_in_text(call)


def test_a_constrained_session_can_be_resumed():
    mock = vendor()
    name = token(mock, bidiGenerateContentSetup=LOCKED | {"sessionResumption": {}})
    call = dials(mock, name).sets_up().types("hi").waits(5.0)

    assert call.redials(sessionResumption={"handle": call.handle}).resumed is True


def test_a_token_of_another_server_is_taken_like_any_key():
    assert dials(gemini(), "auth_tokens/foreign").sets_up().ending is None
