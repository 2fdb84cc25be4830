"""Temporary tokens."""

import json

import pytest

from mock_servers.base.protocol import Answer, Request
from mock_servers.deepgram import Deepgram
from mock_servers.deepgram.session import SocketSession
from tests.support.deepgram_story import KEY, Story, deepgram, listen_request


def asked(vendor: Deepgram, body: bytes = b"", *, authorization: str = KEY[1], now_s: float = 0.0) -> Answer:
    request = Request(
        method="POST", path="/v1/auth/grant", headers=(("authorization", authorization),), body=body
    )  # fmt: skip
    answer = vendor.asked(request, now_s)
    assert isinstance(answer, Answer)
    return answer


def body(answer: Answer) -> dict:
    return json.loads(answer.body[0].data)


def token(vendor: Deepgram, body_: bytes = b"", *, now_s: float = 0.0) -> str:
    return body(asked(vendor, body_, now_s=now_s))["access_token"]


def let_in(vendor: Deepgram, key: str, now_s: float) -> bool:
    request = listen_request(headers=(("authorization", f"bearer {key}"),))
    return isinstance(vendor.asked(request, now_s), SocketSession)


def test_a_token_lives_for_thirty_seconds_unless_asked_otherwise():
    answer = asked(deepgram())

    assert (answer.status, body(answer)["expires_in"]) == (200, 30.0)
    assert len(body(answer)["access_token"].split(".")) == 3


def test_a_token_opens_connections_until_it_has_expired():
    vendor = deepgram()
    key = token(vendor, b'{"ttl_seconds":10}', now_s=5.0)

    assert [let_in(vendor, key, now_s) for now_s in (5.0, 14.9, 15.0)] == [True, True, False]


def test_a_connection_outlives_its_token():
    vendor = deepgram()
    key = token(vendor)
    story = Story(vendor=vendor, request=listen_request(headers=(("sec-websocket-protocol", f"bearer, {key}"),)))

    for _ in range(5):
        story.waits(5).sends('{"type":"KeepAlive"}')

    assert story.close is None


def test_a_token_that_somebody_else_has_signed_never_expires():
    vendor = deepgram()

    assert let_in(vendor, token(deepgram(seed=8)), 3600.0)


def test_a_token_that_was_changed_is_not_one_of_ours():
    vendor = deepgram()
    key = token(vendor)

    assert let_in(vendor, key[:-2] + ("AA" if key[-2:] != "AA" else "BB"), 3600.0)


@pytest.mark.parametrize("ttl", [b"0", b"3601", b'"long"', b"true", b"-1"])
def test_a_life_that_no_token_has_is_refused(ttl: bytes):
    assert asked(deepgram(), b'{"ttl_seconds":' + ttl + b"}").status == 400


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff"])
def test_a_body_that_cannot_be_read_is_refused(text: bytes):
    assert asked(deepgram(), text).status == 400


def test_a_token_is_granted_to_keys_alone():
    vendor = deepgram()
    key = token(vendor)

    refused = asked(vendor, authorization=f"Bearer {key}")

    assert (refused.status, body(refused)["err_code"]) == (401, "INSUFFICIENT_PERMISSIONS")


def test_without_a_key_no_token_is_granted():
    assert asked(deepgram(), authorization="Token invalid").status == 401


def test_no_observer_is_told_a_token():
    answer = asked(deepgram())

    assert body(answer)["access_token"] not in repr((answer.client_body, answer.server_body))


def test_tokens_can_stand_in_the_query_where_that_is_set():
    query = {"model": "nova-3", "encoding": "linear16", "sample_rate": "16000", "token": "a-key"}
    request = listen_request(query, headers=())

    outcomes = [deepgram(query_tokens=allowed).asked(request, 0.0) for allowed in (False, True)]

    assert [isinstance(outcome, SocketSession) for outcome in outcomes] == [False, True]
