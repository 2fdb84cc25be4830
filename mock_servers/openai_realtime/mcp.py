"""The MCP servers of a session: their tools are listed, asked about, and run, all by the Realtime API itself.

Sources: openai 3.54.0, types/realtime/mcp_list_tools_*.py and realtime_mcp_*.py; the guide "Realtime with tools" (2026-08). The
order of the events of a listing is inferred. There is no server behind it: all have the tools of the settings, or those that
the client allows itself; and one whose host ends in `.invalid` cannot be reached, as RFC 2606 promises.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.outputs.mcp_call import RUN_S, McpRun

__all__ = ["Mcp", "McpServer"]

LIST_S = 0.15
"""How long it takes to list the tools of a server; ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """A server as the client named it, and the tools that it turned out to have."""

    label: str
    config: dict[str, Any]
    tools: tuple[str, ...]

    @property
    def is_reachable(self) -> bool:
        url = self.config.get("server_url")
        if url is None:
            return bool(self.config.get("connector_id") or self.config.get("tunnel_id"))
        return not (urlsplit(url).hostname or "x.invalid").endswith(".invalid")

    def needs_approval(self, tool: str) -> bool:
        """`always` is what holds where nothing is said (guide "MCP and connectors", 2026-08)."""
        asked = self.config.get("require_approval") or "always"
        if isinstance(asked, str):
            return asked == "always"
        return not _allows(asked.get("never"), tool)


class Mcp:
    """The MCP servers of one session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, dict[str, Any]] = {}
        self._listed: dict[str, McpServer] = {}
        self._pending: dict[str, McpRun] = {}

    def configured(self) -> None:
        """The session was configured anew: servers that are new in it are asked for their tools."""
        configs = {tool["server_label"]: tool for tool in self._desk.configuration.tools if tool["type"] == "mcp"}
        for label in [label for label, config in self._known.items() if configs.get(label) != config]:
            del self._known[label]
            self._listed.pop(label, None)
        for label, config in configs.items():
            if label not in self._known:
                self._known[label] = config
                self._list(self._server(config))

    def servers(self, tools: list[dict[str, Any]] | None) -> dict[str, McpServer]:
        """Who runs which tool, by the names of the tools; `tools` are those of one response, None for the session's."""
        servers = list(self._listed.values()) if tools is None else self._of_response(tools)
        return {tool: server for server in servers for tool in server.tools}

    def run(self, server: McpServer, tool: str, arguments: str) -> McpRun:
        """What comes of a call."""
        if tool in self._desk.settings.mcp_broken_tools.split():
            error = {"type": "tool_execution_error", "message": f"The tool '{tool}' failed."}
            return McpRun(server_label=server.label, name=tool, arguments=arguments, error=error)
        output = json.dumps({"tool": tool, "given": json.loads(arguments)})
        return McpRun(server_label=server.label, name=tool, arguments=arguments, output=output)

    def asked(self, request_id: str, run: McpRun) -> None:
        """A call waits for the client's approval."""
        self._pending[request_id] = run

    def decided(self, answer: dict[str, Any]) -> None:
        """An `mcp_approval_response` came: the call is made, or is not."""
        run = self._pending.pop(answer["approval_request_id"], None)
        if run is None or not answer["approve"]:
            return
        item_id = self._desk.new_id("item_")
        item = Item(shape=run.shape(item_id, arguments=run.arguments))
        item.shape["approval_request_id"] = answer["approval_request_id"]
        before = self._desk.items.add(item)
        self._desk.tell("conversation.item.added", previous_item_id=before, item=dict(item.shape))
        self._desk.tell("response.mcp_call.in_progress", item_id=item_id, output_index=0)

        def over() -> None:
            item.shape |= {"output": run.output, "error": run.error}
            self._desk.tell(run.outcome, item_id=item_id, output_index=0)
            self._desk.tell("conversation.item.done", previous_item_id=before, item=dict(item.shape))

        self._desk.agenda.note(self._desk.now_s + RUN_S, over)

    def _of_response(self, tools: list[dict[str, Any]]) -> list[McpServer]:
        servers = [self._server(tool) for tool in tools if tool["type"] == "mcp"]
        for server in servers:
            if server.label not in self._known:
                self._list(server, for_session=False)
        return [server for server in servers if server.is_reachable]

    def _server(self, config: dict[str, Any]) -> McpServer:
        settings = self._desk.settings
        allowed = config.get("allowed_tools")
        if isinstance(allowed, dict):
            allowed = allowed.get("tool_names")
        names = (*settings.mcp_tools.split(), *settings.mcp_broken_tools.split()) if allowed is None else allowed
        return McpServer(label=config["server_label"], config=config, tools=tuple(names))

    def _list(self, server: McpServer, *, for_session: bool = True) -> None:
        item_id = self._desk.new_id("item_")
        item = Item(shape={"id": item_id, "type": "mcp_list_tools", "server_label": server.label, "tools": []})
        before = self._desk.items.add(item)
        self._desk.tell("conversation.item.added", previous_item_id=before, item=dict(item.shape))
        self._desk.tell("mcp_list_tools.in_progress", item_id=item_id)

        def listed() -> None:
            if server.is_reachable:
                item.shape["tools"] = [_described(tool) for tool in server.tools]
                if for_session and self._known.get(server.label) == server.config:
                    self._listed[server.label] = server
            outcome = "completed" if server.is_reachable else "failed"
            self._desk.tell(f"mcp_list_tools.{outcome}", item_id=item_id)
            self._desk.tell("conversation.item.done", previous_item_id=before, item=dict(item.shape))

        self._desk.agenda.note(self._desk.now_s + LIST_S, listed)


def _described(tool: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"about": {"type": "string"}}}
    return {"name": tool, "description": f"The tool '{tool}'.", "input_schema": schema, "annotations": None}


def _allows(names: dict[str, Any] | None, tool: str) -> bool:
    """Whether a filter names this tool. All tools of a mock only read."""
    if names is None:
        return False
    return tool in (names.get("tool_names") or ()) or names.get("read_only") is True
