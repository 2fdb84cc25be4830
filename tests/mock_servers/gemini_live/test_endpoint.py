"""Paths and keys: what opens a connection, and how a bad key is told."""

from __future__ import annotations

import pytest

from mock_servers.base.protocol import Answer, Request
from tests.support.gemini_story import PATH, Call, gemini, upgrade


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        "/" + PATH,
        PATH.replace("v1beta", "v1"),
        PATH.replace("v1beta", "v1alpha"),
        PATH + "Constrained",
    ],
)
def test_every_path_of_the_gemini_api_is_served(path: str):
    assert Call(gemini(), request=upgrade(path)).sets_up().kinds == ["setupComplete"]


@pytest.mark.parametrize("path", ["/", "/" + "/" + PATH, PATH + "/", PATH.replace("v1beta", "v2"), "/ws/Bidi"])
def test_another_path_is_not_found(path: str):
    answer = gemini().asked(upgrade(path), 0.0)

    assert isinstance(answer, Answer)
    assert answer.status == 404


@pytest.mark.parametrize(
    "request_",
    [
        upgrade(key="good"),
        upgrade(PATH + "Constrained", key="", authorization="Token auth_tokens/abc"),
        upgrade(PATH + "Constrained", key="auth_tokens/abc", authorization="Token auth_tokens/abc"),
        Request(method="GET", path=PATH, query=(("key", "good"),), is_upgrade=True),
        Request(method="GET", path=PATH + "Constrained", query=(("access_token", "auth_tokens/abc"),), is_upgrade=True),
    ],
)
def test_a_key_is_taken_wherever_the_sdks_put_it(request_: Request):
    assert Call(gemini(), request=request_).waits(1.0).ending is None


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        ("invalid", 1007, "API key not valid. Please pass a valid API key."),
        ("expired", 1007, "API key expired. Please renew the API key."),
        ("exhausted", 1011, "You exceeded your current quota, please check your plan and billing details."),
        ("blocked", 1007, "User location is not supported for the API use."),
        ("leaked", 1008, "Your API key was reported as leaked. Please use another API key."),
        (
            "",
            1008,
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API c",
        ),
    ],
)
def test_a_bad_key_is_told_in_a_close_frame_after_the_upgrade(key: str, code: int, reason: str):
    assert Call(gemini(), request=upgrade(key=key)).waits(0.1).ending == (code, reason)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (upgrade(key="auth_tokens/abc"), 1007),
        (Request(method="GET", path=PATH, query=(("access_token", "auth_tokens/abc"),), is_upgrade=True), 1008),
    ],
)
def test_an_ephemeral_token_opens_the_constrained_method_only(request_: Request, code: int):
    call = Call(gemini(), request=request_).waits(0.1)

    assert call.ending is not None
    assert call.ending[0] == code


def test_nothing_is_answered_to_a_bad_key_but_its_close_frame():
    call = Call(gemini(), request=upgrade(key="invalid")).sets_up().types("hello").waits(60.0)

    assert call.messages == []
    assert [heard.name for heard in call.understood] == ["setup", "clientContent"]


def test_a_vertex_connection_without_a_token_is_told_in_googles_words():
    path = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"

    call = Call(gemini(), request=upgrade(path, key="")).waits(0.1)

    assert call.ending == (
        1008,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication c",
    )
