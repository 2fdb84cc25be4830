"""Google's host over HTTP: the paths of both services, and what a spent quota says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_servers.base.protocol import Answer, Request
from tests.support.gemini_story import gemini

HELLO = json.dumps({"contents": [{"parts": [{"text": "hello"}]}]}).encode()


def posts(path: str, *, key: str = "good", query: tuple[tuple[str, str], ...] = ()) -> Answer:
    request = Request(method="POST", path=path, query=query, headers=(("x-goog-api-key", key),), body=HELLO)
    answer = gemini(turns=("hello back",)).asked(request, 0.0)
    assert isinstance(answer, Answer)
    return answer


def body(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(b"".join(chunk.data for chunk in answer.body))
    return told


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/gemini-2.5-flash",
        "/v1beta/models/gemini-2.5-flash",
        "/v1alpha/tunedModels/mine",
        "/v1beta1/publishers/google/models/gemini-2.5-flash",
        "/v1beta1/projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-flash",
    ],
)
def test_both_services_generate_content(path: str):
    told = body(posts(f"{path}:generateContent"))

    assert told["candidates"][0]["content"]["parts"] == [{"text": "hello back"}]
    assert told["modelVersion"] == path.rpartition("/")[2]


def test_vertex_streams_too():
    path = "/v1beta1/publishers/google/models/gemini-2.5-flash:streamGenerateContent"

    answer = posts(path, query=(("alt", "sse"),))

    assert all(chunk.data.startswith(b"data: {") for chunk in answer.body)


def test_a_spent_quota_is_told_with_all_that_google_says_of_it():
    answer = posts("/v1beta/models/gemini-2.5-flash:generateContent", key="exhausted")

    error = body(answer)["error"]
    kinds = [detail["@type"].rpartition(".")[2] for detail in error["details"]]
    assert (answer.status, error["code"], error["status"]) == (429, 429, "RESOURCE_EXHAUSTED")
    assert kinds == ["Help", "QuotaFailure", "RetryInfo"]
    assert error["details"][2]["retryDelay"] == "39s"


def test_a_blocked_location_is_told():
    answer = posts("/v1beta/models/gemini-2.5-flash:generateContent", key="blocked")

    assert (answer.status, body(answer)["error"]["status"]) == (400, "FAILED_PRECONDITION")
