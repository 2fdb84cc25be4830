"""Tools: the caller's own, and those that the server runs for them (MCP)."""

from __future__ import annotations

import json
from typing import Any

from tests.sdk.openai_caller import Caller, Line, by_both

__all__: list[str] = []

GA = ">=1.107"

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "How the weather is in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@by_both("tools", versions=GA)
async def tools(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(tools=[WEATHER], output_modalities=["text"])
        await line.asks("call weather")
        told = await line.until("response.done")
        (call,) = told[-1].response.output
        await line.sdk.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        )
        await line.sdk.response.create()
        answer = await line.until("response.done")

    arguments = "".join(event.delta for event in told if event.type == "response.function_call_arguments.delta")
    done = _last(told, "response.function_call_arguments.done")
    assert call.type == "function_call"
    assert call.name == "weather"
    assert call.call_id == done.call_id
    assert isinstance(json.loads(arguments), dict)
    assert arguments == done.arguments == call.arguments
    assert not [event for event in told if event.type.startswith("response.content_part")]
    assert next(event.item.output for event in answer if event.type == "conversation.item.added") == "sunny"
    assert answer[-1].response.output[0].type == "message"


@by_both("a tool's result before the end of the response", versions=GA)
async def an_early_result(caller: Caller) -> None:
    """It is shown after `response.done` (recorded tool rounds)."""
    async with caller.dialled() as line:
        await line.updated(tools=[WEATHER])
        await line.asks("call weather")
        call = (await line.one("response.output_item.added")).item
        await line.sdk.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        )
        told = await line.until("response.done")
        shown = (await line.one("conversation.item.added")).item

    assert not [event for event in told if getattr(getattr(event, "item", None), "type", "") == "function_call_output"]
    assert shown.output == "sunny"


@by_both("several output items", versions=GA)
async def several_output_items(caller: Caller) -> None:
    """Models of the second generation say something, then call: the second item begins before the first is done."""
    async with caller.dialled(model="gpt-realtime-2.1") as line:
        await line.updated(tools=[WEATHER])
        await line.asks("call weather")
        told = await line.until("response.done")

    where = [
        (event.type.rpartition(".")[2], event.output_index)
        for event in told
        if event.type in ("response.output_item.added", "response.output_item.done")
    ]
    message, call = told[-1].response.output
    assert (message.type, message.phase) == ("message", "commentary")
    assert call.type == "function_call"
    assert where.index(("added", 1)) < where.index(("done", 0))


@by_both("MCP tools", versions=GA)
async def mcp_tools(caller: Caller) -> None:
    async with caller.dialled() as line:
        listed = await _listed(line, require_approval="never")
        await line.asks("call search")
        told = await line.until("response.done")

    call = next(item for item in told[-1].response.output if item.type == "mcp_call")
    arguments = "".join(event.delta for event in told if event.type == "response.mcp_call_arguments.delta")
    kinds = [event.type for event in told]
    assert "search" in [tool.name for tool in listed.tools]
    assert (call.server_label, call.name) == ("docs", "search")
    assert arguments == _last(told, "response.mcp_call_arguments.done").arguments == call.arguments
    assert call.output
    assert kinds.index("response.mcp_call.in_progress") < kinds.index("response.mcp_call.completed")


@by_both("MCP tools with approval", versions=GA)
async def mcp_tools_with_approval(caller: Caller) -> None:
    async with caller.dialled() as line:
        await _listed(line, require_approval="always")
        await line.asks("call search")
        asked = await line.until("response.done")
        (request,) = [item for item in asked[-1].response.output if item.type == "mcp_approval_request"]
        await line.sdk.conversation.item.create(
            item={
                "type": "mcp_approval_response",
                "id": "item_yes",
                "approval_request_id": request.id,
                "approve": True,
            }
        )
        await line.sdk.response.create()
        told = await line.until("response.mcp_call.completed")

    assert request.name == "search"
    assert not [event for event in asked if event.type.startswith("response.mcp_call.")]
    assert told


@by_both("MCP tools that fail", versions=GA)
async def mcp_tools_that_fail(caller: Caller) -> None:
    async with caller.dialled() as line:
        await _listed(line, require_approval="never")
        await line.asks("call explode")
        told = await line.until("response.done")

    call = next(item for item in told[-1].response.output if item.type == "mcp_call")
    assert "response.mcp_call.failed" in [event.type for event in told]
    assert call.error is not None


async def _listed(line: Line, **tool: Any) -> Any:
    """The list of an MCP server's tools, once the session has it."""
    await line.updated(
        output_modalities=["text"],
        tools=[{"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp", **tool}],
    )
    told = await line.until("mcp_list_tools.completed")
    await line.sdk.conversation.item.retrieve(item_id=told[-1].item_id)
    return (await line.one("conversation.item.retrieved")).item


def _last(told: list[Any], kind: str) -> Any:
    return [event for event in told if event.type == kind][-1]
