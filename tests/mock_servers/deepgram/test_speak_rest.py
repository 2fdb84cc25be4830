"""POST /v1/speak."""

import json
from itertools import pairwise

import pytest

from mock_servers.base.protocol import Answer, Request
from mock_servers.base.voice import AGENT_STREAM, coded
from tests.support.deepgram_story import deepgram, speak_request

HELLO = b'{"text":"hello there"}'
RAW = {"encoding": "linear16", "container": "none", "sample_rate": "16000"}


def asked(
    body: bytes = HELLO, query: dict[str, str] | None = None, *, content_type: str = "application/json"
) -> Answer:
    answer = deepgram().asked(speak_request(body, query, content_type=content_type), 0.0)
    assert isinstance(answer, Answer)
    return answer


def audio(answer: Answer) -> bytes:
    return b"".join(chunk.data for chunk in answer.body)


def test_raw_speech_is_the_agents_voice_from_its_first_position_on():
    answer = asked(query=RAW)

    assert answer.status == 200
    assert audio(answer) == answer.audio == coded(AGENT_STREAM, 0, 2 * 16_000 // 2)


def test_the_second_answer_goes_on_where_the_first_ended():
    vendor = deepgram()
    first, second = (vendor.asked(speak_request(HELLO, RAW), 0.0) for _ in range(2))

    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert audio(first) + audio(second) == coded(AGENT_STREAM, 0, 32_000)


def test_linear16_comes_in_a_wav_container_unless_asked_otherwise():
    answer = asked(query={"encoding": "linear16"})

    assert audio(answer)[:4] == b"RIFF"
    assert audio(answer)[44:] == answer.audio
    assert dict(answer.headers)["content-type"] == "audio/wav"


@pytest.mark.parametrize(
    ("query", "content_type"),
    [
        ({"encoding": "linear16", "container": "none"}, "audio/l16;rate=24000"),
        ({"encoding": "mulaw", "container": "none"}, "audio/mulaw;rate=8000"),
        ({"encoding": "alaw", "container": "none", "sample_rate": "16000"}, "audio/alaw;rate=16000"),
        ({"encoding": "mulaw"}, "audio/wav"),
        ({}, "audio/wav"),
    ],
)
def test_the_content_type_follows_from_the_encoding(query: dict[str, str], content_type: str):
    assert dict(asked(query=query).headers)["content-type"] == content_type


def test_the_headers_count_the_characters_and_name_the_model():
    headers = dict(asked(query={**RAW, "model": "aura-2-thalia-en"}).headers)

    assert (headers["dg-char-count"], headers["dg-model-name"]) == ("11", "aura-2-thalia-en")
    assert {"dg-request-id", "dg-model-uuid"} <= set(headers)


def test_eight_bit_speech_lasts_as_long_as_its_words():
    assert len(asked(query={"encoding": "mulaw", "container": "none"}).audio) == 2 * 2_000


def test_speech_is_sent_faster_than_it_plays():
    answer = asked(json.dumps({"text": "word " * 40}).encode(), RAW)

    first, *rest = answer.body
    assert first.after_s == 0.2
    assert sum(chunk.after_s for chunk in rest) == pytest.approx(10.0 / 4, rel=0.1)


def test_pieces_of_speech_are_not_all_alike():
    answer = asked(json.dumps({"text": "word " * 40}).encode(), RAW)

    assert any(len(first.data) != len(second.data) for first, second in pairwise(answer.body))


def test_even_one_word_comes_in_pieces():
    assert len(asked(b'{"text":"hi"}', {"encoding": "mulaw", "container": "none"}).body) > 1


def test_plain_text_is_taken():
    assert asked(b"hello there", RAW, content_type="text/plain; charset=utf-8").audio


def test_observers_are_told_of_the_call_by_its_name():
    answer = asked(query=RAW)

    assert (answer.client_name, answer.server_name) == ("speak", "speak")
    assert answer.client_body["text"] == "hello there"


@pytest.mark.parametrize(
    ("body", "query", "status", "code"),
    [
        (HELLO, {"encoding": "mp3"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"encoding": "linear16", "container": "ogg"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"encoding": "mulaw", "sample_rate": "24000"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"encoding": "linear16", "sample_rate": "0"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"encoding": "linear16", "bit_rate": "48000"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"callback": "ftp://example.com"}, 400, "INVALID_QUERY_PARAMETER"),
        (HELLO, {"model": "nova-3"}, 400, "Bad Request"),
        (b'{"text":"  "}', {}, 400, "Bad Request"),
        (b"{", {}, 400, "PAYLOAD_ERROR"),
        (b'{"text":"\\ud800"}', {}, 400, "PAYLOAD_ERROR"),
        (b"\xff\xfe", {}, 400, "PAYLOAD_ERROR"),
        (b"[" * 100_000, {}, 400, "PAYLOAD_ERROR"),
        (b'{"text":"a","url":"http://b"}', {}, 400, "PAYLOAD_ERROR"),
        (b'{"text":7}', {}, 400, "PAYLOAD_ERROR"),
        (b'{"url":"http://b"}', {}, 400, "REMOTE_CONTENT_ERROR"),
        (b'{"text":"' + b"a" * 2_401 + b'"}', {}, 413, "Payload Too Large"),
        (b" " * 2_000_001, {}, 413, "PAYLOAD_TOO_LARGE"),
    ],
    ids=lambda value: value[:20].decode(errors="replace") if isinstance(value, bytes) else None,
)
def test_a_call_that_cannot_be_served_is_refused(body: bytes, query: dict[str, str], status: int, code: str):
    answer = asked(body, query)

    assert (answer.status, json.loads(audio(answer))["err_code"]) == (status, code)
    assert (answer.client_name, answer.audio) == ("speak", b"")


def test_other_content_types_are_refused():
    assert asked(HELLO, content_type="application/xml").status == 415


def test_a_call_without_a_key_is_refused():
    answer = deepgram().asked(Request(method="POST", path="/v1/speak", body=HELLO), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 401


def test_a_call_that_was_refused_leaves_no_hole_in_the_voice():
    vendor = deepgram()
    vendor.asked(Request(method="POST", path="/v1/speak", body=HELLO), 0.0)

    answer = vendor.asked(speak_request(HELLO, RAW), 0.0)

    assert isinstance(answer, Answer)
    assert answer.audio == coded(AGENT_STREAM, 0, 16_000)
