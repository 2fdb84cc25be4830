"""The shapes of tools, and of the choice among them: for a session and for one response alike.

Source: openai 3.54.0, types/realtime/realtime_tools_config_union.py and realtime_tool_choice_config.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mock_servers.openai_realtime.messages import Strict

__all__ = ["FunctionTool", "McpTool", "Tool", "ToolChoice"]


class FunctionTool(Strict):
    type: Literal["function"]
    name: str = Field(max_length=64)
    # livekit/agents#1183: one long description refuses the whole update.
    description: str | None = Field(default=None, max_length=1024)
    parameters: dict[str, Any] | None = None


class _Filter(Strict):
    read_only: bool | None = None
    tool_names: list[str] | None = None


class _Approvals(Strict):
    always: _Filter | None = None
    never: _Filter | None = None


class McpTool(Strict):
    """A remote MCP server, whose tools the Realtime API runs itself."""

    type: Literal["mcp"]
    server_label: str
    server_url: str | None = None
    connector_id: str | None = None
    tunnel_id: str | None = None
    server_description: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    allowed_tools: list[str] | _Filter | None = None
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None
    require_approval: Literal["always", "never"] | _Approvals | None = None
    defer_loading: bool | None = None


Tool = Annotated[FunctionTool | McpTool, Field(discriminator="type")]


class _ChosenFunction(Strict):
    type: Literal["function"]
    name: str


class _ChosenMcp(Strict):
    type: Literal["mcp"]
    server_label: str
    name: str | None = None


ToolChoice = Literal["auto", "none", "required"] | Annotated[_ChosenFunction | _ChosenMcp, Field(discriminator="type")]
