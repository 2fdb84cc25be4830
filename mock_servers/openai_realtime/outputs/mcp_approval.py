"""The question whether a tool on an MCP server may be called: the response ends with it, and the client decides."""

from __future__ import annotations

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.outputs.output import Place, Step

__all__ = ["McpApproval"]


class McpApproval:
    def __init__(self, place: Place, *, item_id: str, server_label: str, name: str, arguments: str) -> None:
        self.place = place
        shape = {"id": item_id, "type": "mcp_approval_request", "server_label": server_label, "name": name}
        self.item = Item(shape=shape | {"arguments": arguments})

    def opening(self) -> list[Event]:
        return []

    def steps(self, begin_s: float) -> list[Step]:
        return []

    def was_told(self, event: Event) -> None:
        return

    def closing(self) -> list[Event]:
        return []
