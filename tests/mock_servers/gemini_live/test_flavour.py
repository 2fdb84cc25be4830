"""In what the two services differ."""

from __future__ import annotations

import uuid

from tests.support.gemini_story import Call, gemini, upgrade

VERTEX = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"


def on(path: str | None = None) -> Call:
    request = upgrade(path, key="", authorization="Bearer t") if path else upgrade()
    call = Call(gemini(turns=("one two",)), request=request)
    return call.sets_up(tools=[{"functionDeclarations": [{"name": "weather"}]}]).types("hello").waits(4.0)


def test_vertex_counts_candidates_and_names_the_traffic():
    usage = on(VERTEX).messages[-1]["usageMetadata"]

    assert usage["trafficType"] == "ON_DEMAND"
    assert "responseTokenCount" not in usage
    assert usage["candidatesTokenCount"] == sum(detail["tokenCount"] for detail in usage["candidatesTokensDetails"])


def test_the_gemini_api_counts_responses():
    usage = on().messages[-1]["usageMetadata"]

    assert usage["responseTokenCount"] == 16
    assert "trafficType" not in usage


def test_only_vertex_names_the_role():
    assert [next(iter(call.all("serverContent", "modelTurn"))).get("role") for call in (on(), on(VERTEX))] == [
        None,
        "model",
    ]


def test_audio_names_its_rate_on_the_gemini_api():
    types = [
        call.all("serverContent", "modelTurn")[0]["parts"][0]["inlineData"]["mimeType"] for call in (on(), on(VERTEX))
    ]

    assert types == ["audio/pcm;rate=24000", "audio/pcm"]


def test_a_call_is_known_by_a_uuid_on_vertex():
    call = on(VERTEX).types("call weather").waits(1.0)

    assert uuid.UUID(call.all("toolCall", "functionCalls")[0][0]["id"])


def test_no_default_is_written():
    """Neither service writes a field with its default value: no `false`, no 0, no empty text or list."""

    def values(value: object) -> list[object]:
        if isinstance(value, dict):
            return [inner for each in value.values() for inner in values(each)]
        if isinstance(value, list):
            return [inner for each in value for inner in values(each)] or [value]
        return [value]

    said = [value for path in (None, VERTEX) for message in on(path).messages for value in values(message)]

    assert said
    assert all(value not in (False, 0, "", []) for value in said)
