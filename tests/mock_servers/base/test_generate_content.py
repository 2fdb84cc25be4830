"""Gemini over REST: the reply is computed from what was asked, and errors come in Google's envelope."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.base.generate_content import answer, error_answer, serves
from mock_servers.base.protocol import Answer, Request

PATH = "/v1beta/models/gemini-2.5-flash:generateContent"
STREAM_PATH = "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
WEATHER = [{"functionDeclarations": [{"name": "weather"}]}]
HELLO = {"role": "user", "parts": [{"text": "hello"}]}


def post(body: object, path: str = PATH, *, key: str = "good", turns: tuple[str, ...] = (), alt: str = "") -> Answer:
    request = Request(
        method="POST",
        path=path,
        query=(("alt", alt),) if alt else (),
        headers=(("x-goog-api-key", key),) if key else (),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )
    return answer(request, Conversation(seed=7, reply_after_s=0.3, turns=turns))


def body_of(replied: Answer) -> Any:
    return json.loads(b"".join(chunk.data for chunk in replied.body))


def text_of(body: Any) -> str:
    return "".join(part["text"] for part in body["candidates"][0]["content"]["parts"])


def test_the_reply_is_that_of_the_turn_which_the_contents_have_come_to():
    said = [HELLO, {"role": "model", "parts": [{"text": "first"}]}, HELLO]

    assert text_of(body_of(post({"contents": said}, turns=("first", "second")))) == "second"


def test_the_reply_comes_after_a_moment_of_thought():
    replied = post({"contents": [HELLO]})

    assert [chunk.after_s for chunk in replied.body] == [0.3]


def test_the_reply_has_the_fields_that_clients_read():
    body = body_of(post({"contents": [HELLO]}, turns=("hi there",)))

    assert body["candidates"] == [
        {"content": {"parts": [{"text": "hi there"}], "role": "model"}, "index": 0, "finishReason": "STOP"}
    ]
    assert body["usageMetadata"] == {"promptTokenCount": 2, "totalTokenCount": 4, "candidatesTokenCount": 2}
    assert body["modelVersion"] == "gemini-2.5-flash"


def test_a_function_that_is_asked_for_is_called():
    said = {"role": "user", "parts": [{"text": "call weather"}]}

    body = body_of(post({"contents": [said], "tools": WEATHER}))

    assert body["candidates"][0]["content"]["parts"][0]["functionCall"]["name"] == "weather"


def test_the_result_of_a_function_is_answered_in_words():
    said = [
        {"role": "user", "parts": [{"text": "call weather"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "weather", "response": {"output": "call weather"}}}]},
    ]

    assert text_of(body_of(post({"contents": said, "tools": WEATHER}, turns=("a", "b")))) == "b"


def test_a_reply_longer_than_asked_for_is_cut():
    asked = {"contents": [HELLO], "generationConfig": {"maxOutputTokens": 1}}

    body = body_of(post(asked, turns=("first second",)))

    assert text_of(body) == "firs"
    assert body["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_the_pieces_of_a_stream_give_the_whole_reply():
    replied = post({"contents": [HELLO]}, STREAM_PATH, turns=("one two three four five six",), alt="sse")

    events = [json.loads(chunk.data.decode().removeprefix("data: ")) for chunk in replied.body]
    assert [text_of(event) for event in events] == ["one two three four", " five six"]
    assert [event["candidates"][0].get("finishReason") for event in events] == [None, "STOP"]


def test_a_stream_without_sse_is_one_list():
    replied = post({"contents": [HELLO]}, STREAM_PATH, turns=("one two three four five six",))

    assert "".join(text_of(piece) for piece in body_of(replied)) == "one two three four five six"


def test_observers_learn_what_was_asked_and_what_was_answered():
    replied = post({"contents": [HELLO]}, turns=("hi",))

    assert (replied.client_name, replied.server_name) == ("generateContent", "generateContent")
    assert replied.client_body == {"model": "models/gemini-2.5-flash", "contents": [HELLO]}
    assert text_of(replied.server_body) == "hi"


def test_observers_never_learn_the_key():
    assert "secret-key" not in repr(post({"contents": [HELLO]}, key="secret-key"))


@pytest.mark.parametrize(
    ("key", "status", "name"),
    [
        ("", 403, "PERMISSION_DENIED"),
        ("invalid", 400, "INVALID_ARGUMENT"),
        ("expired", 400, "INVALID_ARGUMENT"),
        ("leaked", 403, "PERMISSION_DENIED"),
    ],
)
def test_a_bad_key_is_refused(key: str, status: int, name: str):
    replied = post({"contents": [HELLO]}, key=key)

    assert replied.status == status
    assert body_of(replied)["error"]["status"] == name


def test_a_bad_key_is_told_by_its_reason():
    (detail,) = body_of(post({"contents": [HELLO]}, key="invalid"))["error"]["details"]

    assert detail["reason"] == "API_KEY_INVALID"


def test_a_retired_model_is_not_found():
    replied = post({"contents": [HELLO]}, "/v1/models/gemini-1.0-retired:generateContent")

    assert body_of(replied)["error"] == {
        "code": 404,
        "message": "models/gemini-1.0-retired is not found for API version v1, or is not supported for generateContent. "
        "Call ListModels to see the list of available models and their supported methods.",
        "status": "NOT_FOUND",
    }


def test_a_field_that_does_not_exist_is_named():
    error = body_of(post({"contents": [HELLO], "system_prompt": "be brief"}))["error"]

    assert error["message"] == 'Invalid JSON payload received. Unknown name "system_prompt": Cannot find field.'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b'{"contents": [{"parts": [{"text": "\\ud800"}]}]}',
        b"\xff",
        b"[" * 9000,
        {"contents": "hi"},
        {"contents": []},
    ],
)
def test_a_body_that_cannot_be_is_a_bad_request(body: object):
    replied = post(body)

    assert replied.status == 400
    assert body_of(replied)["error"]["code"] == 400


@pytest.mark.parametrize("path", ["/", "/v1beta/models/m", "/v1beta/models/m:countTokens", "/v1beta/m:generateContent"])
def test_another_path_is_not_found(path: str):
    assert not serves(path)
    assert post({"contents": [HELLO]}, path).status == 404


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 504, 599])
def test_every_status_has_an_error_body(status: int):
    error = body_of(error_answer(status))["error"]

    assert error["code"] == status
    assert error["message"]


def test_a_rate_limit_says_when_to_come_back():
    (detail,) = body_of(error_answer(429, retry_after_s=39.0))["error"]["details"]

    assert detail == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "39s"}


PARTS = st.fixed_dictionaries(
    {}, optional={"text": st.text(max_size=9), "functionResponse": st.dictionaries(st.text(), st.text())}
)
CONTENTS = st.lists(
    st.fixed_dictionaries({"parts": st.lists(PARTS, max_size=2)}, optional={"role": st.text(max_size=5)})
)
JSON = st.recursive(st.none() | st.integers() | st.text() | CONTENTS, lambda inner: st.dictionaries(st.text(), inner))


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional={"contents": JSON, "tools": JSON, "generationConfig": JSON}))
def test_whatever_is_asked_there_is_an_answer(body: dict[str, Any]):
    replied = post(body)

    assert replied.status in (200, 400)
    body_of(replied)
