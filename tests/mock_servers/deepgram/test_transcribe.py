"""POST /v1/listen."""

import hashlib
import json

import pytest

from mock_servers.base.protocol import Answer
from tests.support.deepgram_story import deepgram, said, silence, speech
from tests.support.stories.deepgram import WAV_HEADER, post

RECORDING = WAV_HEADER + silence(1) + speech(0, 2) + silence(1) + speech(2, 9)


def asked(body: bytes = RECORDING, *, content_type: str = "application/octet-stream", **query: str) -> Answer:
    answer = deepgram().asked(post("/v1/listen", body, {"model": "nova-3", **query}, content_type), 0.0)
    assert isinstance(answer, Answer)
    return answer


def body(answer: Answer) -> dict:
    return json.loads(answer.body[0].data)


def test_a_recording_is_told_whole():
    (channel,) = body(asked())["results"]["channels"]

    assert channel["alternatives"][0]["transcript"].split() == said(7, 0, 36)


def test_words_have_the_times_of_the_recording():
    (channel,) = body(asked())["results"]["channels"]

    assert [(word["start"], word["end"]) for word in channel["alternatives"][0]["words"]][:2] == [
        (1.0, 1.25),
        (1.25, 1.5),
    ]


def test_the_metadata_has_the_digest_of_the_recording():
    answer = asked()

    metadata = body(answer)["metadata"]
    assert (metadata["duration"], metadata["channels"]) == (11.0, 1)
    assert metadata["sha256"] == hashlib.sha256(RECORDING).hexdigest()
    assert metadata["request_id"] == dict(answer.headers)["dg-request-id"]


@pytest.mark.parametrize(
    ("recording", "content_type", "code"),
    [
        (b"", "application/octet-stream", "Bad Request"),
        (b"ID3", "audio/mpeg", "Bad Request"),
        (WAV_HEADER, "audio/wav", "Bad Request"),
        (b'{"url":"https://example.com/a.wav"}', "application/json", "REMOTE_CONTENT_ERROR"),
    ],
)
def test_what_cannot_be_heard_is_refused(recording: bytes, content_type: str, code: str):
    answer = asked(recording, content_type=content_type)

    assert (answer.status, body(answer)["err_code"], answer.client_name) == (400, code, "listen")


def test_a_query_is_checked_as_that_of_a_stream():
    assert asked(diarize="True").status == 400


def test_a_call_without_a_key_is_refused():
    request = post("/v1/listen", RECORDING, {"model": "nova-3"}, "audio/wav")
    answer = deepgram().asked(type(request)(method="POST", path=request.path, query=request.query, body=RECORDING), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 401
