"""Tools that the server runs: listed, asked about, run."""

import json

import pytest

from tests.support.realtime_story import Story, configured, kinds, only, text_turn

DOCS = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp"}


def attached(**tool) -> Story:
    story = configured(tools=[DOCS | tool])
    story.passes(1)
    return story


def asked_to_call(story: Story, tool: str) -> list[dict]:
    text_turn(story, f"please call {tool}")
    return story.client("response.create") + story.passes(10)


def test_the_tools_of_a_server_are_listed_once_the_session_has_it():
    story = attached()

    assert kinds(story.messages)[1:] == [
        "session.updated",
        "conversation.item.added",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
        "conversation.item.done",
    ]
    assert {tool["name"] for tool in story.messages[-1]["item"]["tools"]} == {"search", "fetch", "explode"}


def test_a_server_has_the_tools_that_it_is_allowed():
    listed = attached(allowed_tools=["read_page"]).messages[-1]["item"]

    assert [tool["name"] for tool in listed["tools"]] == ["read_page"]


@pytest.mark.parametrize("tool", [{"server_url": "https://docs.invalid/mcp"}, {"server_url": None}])
def test_a_server_that_cannot_be_reached_has_no_tools(tool):
    story = attached(**tool)

    assert "mcp_list_tools.failed" in kinds(story.messages)
    assert story.messages[-1]["item"]["tools"] == []


def test_the_same_server_is_not_listed_twice():
    story = attached()
    again = story.client("session.update", session={"type": "realtime", "tools": [DOCS]}) + story.passes(1)

    assert kinds(again) == ["session.updated"]


def test_a_call_is_run_inside_of_the_response():
    told = asked_to_call(attached(require_approval="never"), "search")

    assert [kind for kind in kinds(told) if not kind.endswith(".delta")] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.mcp_call_arguments.done",
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]


def test_a_call_has_an_output_made_of_its_arguments():
    told = asked_to_call(attached(require_approval="never"), "search")
    item = only(told, "response.output_item.done")["item"]

    assert json.loads(item["output"]) == {"tool": "search", "given": json.loads(item["arguments"])}
    assert item["error"] is None


def test_a_broken_tool_fails_and_says_how():
    told = asked_to_call(attached(require_approval="never"), "explode")
    item = only(told, "response.output_item.done")["item"]

    assert "response.mcp_call.failed" in kinds(told)
    assert (item["output"], item["error"]["type"]) == (None, "tool_execution_error")


def test_without_a_word_about_it_a_call_needs_approval():
    told = asked_to_call(attached(), "search")
    (item,) = only(told, "response.done")["response"]["output"]

    assert (item["type"], item["name"]) == ("mcp_approval_request", "search")
    assert not [kind for kind in kinds(told) if "mcp_call" in kind]


@pytest.mark.parametrize(
    ("approval", "needed"),
    [
        ("always", True),
        ("never", False),
        ({"never": {"tool_names": ["search"]}}, False),
        ({"never": {"tool_names": ["fetch"]}}, True),
        ({"never": {"read_only": True}}, False),
    ],
)
def test_approval_is_asked_for_as_the_client_wants(approval, needed):
    (item,) = only(asked_to_call(attached(require_approval=approval), "search"), "response.done")["response"]["output"]

    assert (item["type"] == "mcp_approval_request") is needed


def answered(story: Story, *, approve: bool) -> list[dict]:
    asked = only(asked_to_call(story, "search"), "response.done")["response"]["output"][0]
    answer = {"type": "mcp_approval_response", "approval_request_id": asked["id"], "approve": approve}
    return story.client("conversation.item.create", item=answer) + story.passes(1)


def test_an_approved_call_is_run():
    told = answered(attached(), approve=True)
    call = told[-1]["item"]

    assert kinds(told)[-3:] == [
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "conversation.item.done",
    ]
    assert call["approval_request_id"] == told[0]["item"]["approval_request_id"]
    assert call["output"] is not None


def test_a_call_that_is_not_approved_is_not_run():
    assert kinds(answered(attached(), approve=False)) == ["conversation.item.added", "conversation.item.done"]


def test_a_response_can_bring_a_server_along():
    story = Story()
    text_turn(story, "please call search")
    tool = DOCS | {"require_approval": "never"}
    told = story.client("response.create", response={"tools": [tool]}) + story.passes(10)

    assert "mcp_list_tools.completed" in kinds(told)
    assert only(told, "response.done")["response"]["output"][0]["type"] == "mcp_call"
