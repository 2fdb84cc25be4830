"""What the agent answers: words, and calls of tools."""

import json

import pytest

from mock_servers.openai_realtime import Settings
from tests.support.realtime_story import TOOL, Story, configured, kinds, only, text_turn


def tool_call(story: Story) -> list[dict]:
    text_turn(story, "please call get_weather")
    return story.client("response.create") + story.passes(10)


def test_a_function_call_has_no_content_parts():
    assert [kind for kind in kinds(tool_call(configured(tools=[TOOL]))) if not kind.endswith(".delta")] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]


def test_a_function_call_tells_name_and_whole_arguments():
    messages = tool_call(configured(tools=[TOOL]))
    done = only(messages, "response.function_call_arguments.done")
    deltas = [m["delta"] for m in messages if m["type"] == "response.function_call_arguments.delta"]

    assert done["name"] == "get_weather"
    assert "".join(deltas) == done["arguments"]
    assert isinstance(json.loads(done["arguments"]), dict)


def test_a_result_is_followed_by_an_answer():
    story = configured(tools=[TOOL])
    call_id = only(tool_call(story), "response.function_call_arguments.done")["call_id"]
    output = {"type": "function_call_output", "call_id": call_id, "output": "sunny"}
    echoed = story.client("conversation.item.create", item=output)
    answer = story.client("response.create") + story.passes(10)

    assert "status" not in echoed[0]["item"]
    assert only(answer, "response.done")["response"]["output"][0]["type"] == "message"


def test_a_result_that_comes_early_is_shown_after_the_response():
    story = Story()
    story.client("response.create")
    output = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
    early = story.client("conversation.item.create", item=output)
    later = story.passes(10)
    shown = next(m for m in later if m["type"] == "conversation.item.added" and m["item"]["type"] == output["type"])

    assert early == []
    assert later.index(shown) > later.index(only(later, "response.done"))


def test_a_required_tool_is_called():
    story = configured(tools=[TOOL])
    response = story.client("response.create", response={"tool_choice": "required"}) + story.passes(10)

    assert only(response, "response.function_call_arguments.done")["name"] == "get_weather"


# The second generation.


SECOND_GENERATION = "gpt-realtime-2.1"


def commented(story: Story, text: str = "please call get_weather") -> list[dict]:
    story.client("session.update", session={"type": "realtime", "tools": [TOOL, TOOL | {"name": "get_roads"}]})
    text_turn(story, text)
    return story.client("response.create") + story.passes(10)


def test_a_comment_precedes_the_call():
    done = only(commented(Story(model=SECOND_GENERATION)), "response.done")["response"]
    comment, call = done["output"]

    assert (comment["type"], comment["phase"]) == ("message", "commentary")
    assert call["type"] == "function_call"


def test_the_second_item_begins_before_the_first_is_closed():
    told = commented(Story(model=SECOND_GENERATION))
    where = [(message["type"], message["output_index"]) for message in told if "output_index" in message]

    assert where.index(("response.output_item.added", 1)) < where.index(("response.output_audio.done", 0))
    assert where.index(("response.function_call_arguments.delta", 1)) < where.index(("response.output_audio.done", 0))


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-realtime-1.5", "gpt-realtime-2025-08-28"])
def test_the_first_generation_does_not_comment(model):
    done = only(commented(Story(model=model)), "response.done")["response"]

    assert [item["type"] for item in done["output"]] == ["function_call"]


@pytest.mark.parametrize(
    ("commentary", "model", "types"),
    [("always", "gpt-realtime", ["message", "function_call"]), ("never", SECOND_GENERATION, ["function_call"])],
)
def test_who_comments_can_be_set(commentary, model, types):
    story = Story(settings=Settings(processing_s=0.0, commentary=commentary), model=model)

    assert [item["type"] for item in only(commented(story), "response.done")["response"]["output"]] == types


def test_two_tools_are_called_at_once():
    told = commented(Story(model=SECOND_GENERATION), "call get_weather and call get_roads")
    calls = only(told, "response.done")["response"]["output"][1:]

    assert [call["name"] for call in calls] == ["get_weather", "get_roads"]
    assert calls[0]["call_id"] != calls[1]["call_id"]


def test_two_tools_are_called_one_after_the_other_where_that_is_wanted():
    story = Story(model=SECOND_GENERATION)
    story.client("session.update", session={"type": "realtime", "tools": [TOOL, TOOL | {"name": "get_roads"}]})
    text_turn(story, "call get_weather and call get_roads")
    story.client("response.create", response={"parallel_tool_calls": False})

    assert [item["type"] for item in only(story.passes(10), "response.done")["response"]["output"]] == [
        "message",
        "function_call",
    ]


def test_an_interrupted_comment_leaves_no_call_behind():
    story = Story(model=SECOND_GENERATION)
    story.client("session.update", session={"type": "realtime", "tools": [TOOL]})
    text_turn(story, "please call get_weather")
    story.client("response.create")
    story.passes(0.4)
    done = only(story.client("response.cancel"), "response.done")["response"]

    assert [(item["type"], item["status"]) for item in done["output"]] == [("message", "incomplete")]


def test_a_tool_that_is_named_must_be_called():
    story = configured(tools=[TOOL, TOOL | {"name": "get_roads"}])
    forced = {"tool_choice": {"type": "function", "name": "get_roads"}}
    response = story.client("response.create", response=forced) + story.passes(10)

    assert only(response, "response.function_call_arguments.done")["name"] == "get_roads"


def test_a_response_may_have_tools_of_its_own():
    story = Story()
    text_turn(story, "please call get_roads")
    story.client("response.create", response={"tools": [TOOL | {"name": "get_roads"}]})

    assert only(story.passes(10), "response.function_call_arguments.done")["name"] == "get_roads"
