"""Which upgrades are refused, and in which words."""

import json
import re

import pytest

from mock_servers.base.protocol import Answer
from mock_servers.deepgram.listen_v1 import ListenV1
from tests.support.deepgram_story import KEY, LINEAR16, deepgram, listen_request


def refused(query: dict[str, str], **settings: object) -> tuple[int, dict[str, str]]:
    answer = deepgram(**settings).asked(listen_request({**LINEAR16, **query}), 0.0)
    assert isinstance(answer, Answer), "the upgrade was accepted"
    return answer.status, json.loads(answer.body[0].data)


def accepted(query: dict[str, str], **settings: object) -> ListenV1:
    session = deepgram(**settings).asked(listen_request({**LINEAR16, **query}), 0.0)
    assert isinstance(session, ListenV1), f"refused: {session}"
    return session


def test_the_refusal_that_was_captured_is_matched_to_the_byte():
    answer = deepgram().asked(listen_request({**LINEAR16, "interim_results": "true", "utterance_end_ms": "999"}), 0.0)

    assert isinstance(answer, Answer)
    # deepgram/deepgram-python-sdk#279: content-length 145.
    assert len(answer.body[0].data) == 145
    assert list(json.loads(answer.body[0].data)) == ["err_code", "err_msg", "request_id"]
    assert dict(answer.headers)["dg-error"] == "Invalid 'utterance_end_ms' value of '999'."


def test_the_request_id_is_told_once_and_agrees_with_the_body():
    answer = deepgram().asked(listen_request({"model": "no-such"}), 0.0)

    assert isinstance(answer, Answer)
    ids = [value for name, value in answer.headers if name == "dg-request-id"]
    assert ids == [json.loads(answer.body[0].data)["request_id"]]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ids[0])


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"interim_results": "True"}, 400, "Failed to deserialize query parameters: provided string was not `true` or `false`"),
        ({"diarize": "yes"}, 400, "Failed to deserialize query parameters: provided string was not `true` or `false`"),
        ({"sample_rate": "0"}, 400, "Failed to deserialize query parameters: invalid value: integer `0`, expected a nonzero u32"),
        ({"sample_rate": "fast"}, 400, "Failed to deserialize query parameters: invalid digit found in string"),
        ({"sample_rate": "9" * 5000}, 400, "Failed to deserialize query parameters: number too large to fit in target type"),
        ({"sample_rate": "1"}, 400, "Invalid 'sample_rate' value of '1'."),
        ({"utterance_end_ms": "5001", "interim_results": "true"}, 400, "Invalid 'utterance_end_ms' value of '5001'."),
        ({"utterance_end_ms": "1000"}, 400, "Bad Request: utterance_end_ms needs interim_results=true."),
        ({"model": "nova-9"}, 400, "Bad Request: No such model/language/tier combination found."),
        ({"model": "nova-2-meeting", "language": "es"}, 400, "Bad Request: No such model/language/tier combination found."),
        ({"language": "english"}, 400, "Bad Request: No such model/language/tier combination found."),
        ({"model": "4899aa60-f723-4517-9815-2042acc12a82"}, 403, "Project does not have access to the requested model."),
        ({"keywords": "snuffle"}, 400, "Invalid 'keywords' value of 'snuffle'."),
        ({"model": "nova-2", "keyterm": "snuffle"}, 400, "Invalid 'keyterm' value of 'snuffle'."),
        ({"keyterm": "word " * 501}, 400, "Bad Request: keyterms are limited to 500 tokens in total."),
        ({"multichannel": "true", "channels": "21"}, 400, "Invalid 'channels' value of '21'."),
        ({"channels": "4294967295"}, 400, "Invalid 'channels' value of '4294967295'."),
        ({"diarize_model": "v2"}, 400, "Failed to deserialize query parameters: unknown variant `v2`, expected one of `latest`, `v1`"),
        ({"redact": "names"}, 400, "Failed to deserialize query parameters: unknown variant `names`"),
        ({"encoding": "speex"}, 400, "Bad Request: this mock hears linear16, linear32, mulaw, alaw, opus, ogg-opus and WAV, not speex."),
        ({"callback": "https://example.com"}, 400, "Bad Request: this mock calls nobody back."),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_served_is_refused(query: dict[str, str], status: int, message: str):
    got_status, body = refused(query)

    assert (got_status, body["err_msg"]) == (status, message)


def test_an_encoding_without_a_sample_rate_is_refused():
    answer = deepgram().asked(listen_request({"model": "nova-3", "encoding": "linear16"}), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 400


def test_a_sample_rate_without_an_encoding_is_refused():
    answer = deepgram().asked(listen_request({"model": "nova-3", "sample_rate": "16000"}), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 400


def test_a_model_that_the_project_may_not_use_is_refused_with_403():
    status, body = refused({"model": "nova-3-medical"}, forbidden_models="nova-3-medical")

    assert (status, body["err_code"]) == (403, "INSUFFICIENT_PERMISSIONS")


def test_unknown_parameters_are_let_through():
    accepted({"speech_final": "true", "no_such_thing": "1"})


def test_keyterms_are_taken_with_nova_3():
    assert accepted({"keyterm": "snuffle"}).query.keyterms == ("snuffle",)


@pytest.mark.parametrize(
    ("given", "seconds"), [(None, 0.01), ("true", 0.01), ("false", None), ("300", 0.3), ("0", 0.0)]
)
def test_endpointing_is_ten_milliseconds_or_what_was_asked_for(given: str | None, seconds: float | None):
    assert accepted({} if given is None else {"endpointing": given}).query.endpointing_s == seconds


def test_ends_of_utterances_without_interims_can_be_allowed():
    session = accepted({"utterance_end_ms": "1000"}, utterance_end_needs_interims=False)

    assert session.query.utterance_end_s == 1.0


def test_a_query_is_checked_before_the_key():
    answer = deepgram().asked(listen_request({**LINEAR16, "model": "nova-9"}, headers=()), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("authorization", "Token invalid"),),
        (("authorization", "Token "),),
        (("authorization", "Basic a-key"),),
        (("sec-websocket-protocol", "token"),),
        (("sec-websocket-protocol", "token, invalid"),),
        (("sec-websocket-protocol", "graphql-ws, a-key"),),
    ],
)
def test_without_a_good_key_the_answer_is_401(headers: tuple[tuple[str, str], ...]):
    answer = deepgram().asked(listen_request(headers=headers), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 401
    assert json.loads(answer.body[0].data)["err_code"] == "INVALID_AUTH"


@pytest.mark.parametrize(
    ("headers", "subprotocol"),
    [
        ((("authorization", "Token a-key"),), None),
        ((("authorization", "bearer a.jwt"),), None),
        ((("authorization", "Bearer a.jwt"),), None),
        ((("sec-websocket-protocol", "token, a-key"),), "token"),
        ((("sec-websocket-protocol", "bearer, a.jwt, x-deepgram-session-id, 7"),), "bearer"),
    ],
)
def test_a_key_is_taken_in_each_form(headers: tuple[tuple[str, str], ...], subprotocol: str | None):
    session = deepgram().asked(listen_request(headers=headers), 0.0)

    assert isinstance(session, ListenV1)
    assert session.subprotocol == subprotocol


@pytest.mark.parametrize("path", ["/v3/listen", "/v1/agent", "/"])
def test_other_paths_are_not_found(path: str):
    answer = deepgram().asked(listen_request(path=path), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 404


def test_a_dg_error_never_carries_a_line_end():
    answer = deepgram().asked(
        listen_request({**LINEAR16, "keywords": "a\r\nset-cookie: b", "interim_results": "true"}), 0.0
    )

    assert isinstance(answer, Answer)
    assert dict(answer.headers)["dg-error"] == "Invalid 'keywords' value of 'a??set-cookie: b'."


def test_the_key_is_in_no_answer():
    answer = deepgram().asked(listen_request({"model": "nova-9"}, headers=(KEY,)), 0.0)

    assert "a-key" not in repr(answer)
