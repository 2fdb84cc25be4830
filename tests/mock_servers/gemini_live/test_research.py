"""The tools that Google runs itself: what a caller gets done with them, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.google_content import Tool
from mock_servers.gemini_live.research import NOTHING, Research, research
from tests.support.gemini_shapes import check_shape
from tests.support.gemini_story import Call, gemini

EVERYTHING = {
    "google_search": {}, "google_search_retrieval": {}, "enterprise_web_search": {}, "google_maps": {"enable_widget": True},
    "url_context": {}, "code_execution": {}, "retrieval": {}, "file_search": {"file_search_store_names": ["fileSearchStores/1"]},
}  # fmt: skip


def done(said: str, *, answer: str = "grüße", on_vertex: bool = False, **tool: Any) -> Research:
    return research(said, (Tool.model_validate(tool),), answer=answer, on_vertex=on_vertex)


def test_a_search_is_told_as_code_and_as_sources():
    found = done("search for the Zugspitze", google_search={})

    assert [next(iter(part)) for part in found.parts] == ["executableCode", "codeExecutionResult"]
    assert found.metadata["groundingMetadata"]["webSearchQueries"] == ["the Zugspitze"]


def test_an_answers_sources_hold_for_all_of_it_in_bytes():
    found = done("search for the Zugspitze", answer="grüße dich du", google_search={})

    supports = found.metadata["groundingMetadata"]["groundingSupports"]
    assert [support["segment"] for support in supports] == [
        {"endIndex": 7, "partIndex": 2, "text": "grüße"},
        {"startIndex": 7, "endIndex": 15, "partIndex": 2, "text": " dich du"},
    ]


@given(st.text("aü 👋", max_size=40).filter(str.strip))
def test_the_pieces_that_sources_hold_for_are_the_answer(answer: str):
    found = done("where is the Zugspitze?", answer=answer, google_maps={})

    supports = found.metadata["groundingMetadata"]["groundingSupports"]
    assert "".join(support["segment"]["text"] for support in supports) == answer
    assert supports[-1]["segment"]["endIndex"] == len(answer.encode())


def test_code_and_its_result_know_each_other_where_there_are_ids():
    (code, result) = research("compute 6 * 7", (Tool(code_execution={}),), answer="forty-two", with_ids=True).parts

    assert code["executableCode"]["id"] == result["codeExecutionResult"]["id"]


@pytest.mark.parametrize(("on_vertex", "told"), [(True, True), (False, False)])
def test_only_vertex_tells_the_way(on_vertex: bool, told: bool):
    found = done("the way to the Zugspitze", google_maps={}, on_vertex=on_vertex)

    assert ("route" in found.metadata["groundingMetadata"]["groundingChunks"][0]["maps"]) is told


def test_nothing_is_searched_without_the_tool():
    assert done("search for the Zugspitze", code_execution={}) == NOTHING


@pytest.mark.parametrize(
    ("asked", "outcome", "output"),
    [
        ("compute 6 * 7", "OUTCOME_OK", "42\n"),
        ("compute -6 - 7", "OUTCOME_OK", "-13\n"),
        ("compute 7 / 2", "OUTCOME_OK", "3.5\n"),
        ("compute 2 ** 10", "OUTCOME_OK", "1024\n"),
        ("compute 1 / 0", "OUTCOME_FAILED", "ZeroDivisionError: division by zero\n"),
        ("compute 9 ** 999999999", "OUTCOME_DEADLINE_EXCEEDED", "Code execution timed out.\n"),
    ],
)
def test_code_is_run(asked: str, outcome: str, output: str):
    found = done(asked, code_execution={})

    assert found.parts[1]["codeExecutionResult"] == {"outcome": outcome, "output": output}


def test_each_page_has_its_status():
    found = done("read https://a.example/x?y=1 and http://b.invalid", url_context={})

    assert found.metadata["urlContextMetadata"]["urlMetadata"] == [
        {"retrievedUrl": "https://a.example/x?y=1", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"},
        {"retrievedUrl": "http://b.invalid", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_ERROR"},
    ]


def test_vertex_tells_domains():
    found = done("search for the Zugspitze", google_search={}, on_vertex=True)

    assert found.metadata["groundingMetadata"]["groundingChunks"][0]["web"]["domain"] == "example.com"


def test_what_a_tool_gave_to_read_is_charged():
    call = Call(gemini()).sets_up(tools=[{"googleSearch": {}}]).types("search for the Zugspitze").waits(6.0)

    usage = call.messages[-1]["usageMetadata"]
    assert usage["toolUsePromptTokenCount"] > 0
    assert usage["totalTokenCount"] == sum(
        usage[f"{name}TokenCount"] for name in ("prompt", "response", "toolUsePrompt")
    )


@settings(deadline=None)
@given(
    st.sampled_from(["search for ", "where is ", "compute ", "http://", "https://x.example/", "compute 3 ** "]).flatmap(
        lambda start: st.text(max_size=40).map(lambda rest: start + rest)
    ),
    st.lists(st.sampled_from(sorted(EVERYTHING)), unique=True),
    st.booleans(),
)
def test_whatever_is_asked_for_the_client_can_read_it(said: str, tools: list[str], on_vertex: bool):
    given_tools = tuple(Tool.model_validate({name: EVERYTHING[name]}) for name in tools)

    found = research(said, given_tools, answer="an answer", on_vertex=on_vertex)

    if found.parts:
        check_shape({"serverContent": {"modelTurn": {"parts": list(found.parts)}}})
    check_shape({"serverContent": found.metadata})
