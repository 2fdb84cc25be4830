"""A call of a tool on an MCP server, which OpenAI runs itself.

Source of the shapes: openai 3.54.0, types/realtime/realtime_mcp_tool_call.py and its events. That the run is told inside of
the response, behind the arguments, is inferred; a client goes on with `response.create` (SwiftOpenAI#193).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.outputs.output import ARGUMENTS_EVERY_S, Place, Step, fields_of, pieces

__all__ = ["RUN_S", "McpCall", "McpRun"]

RUN_S = 0.2
"""How long a tool runs; ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpRun:
    """What is asked of a server, and what will come of it: an output, or an error."""

    server_label: str
    name: str
    arguments: str
    output: str | None = None
    error: dict[str, Any] | None = None
    approval_request_id: str | None = None

    def shape(self, item_id: str, *, arguments: str) -> dict[str, Any]:
        """The item of a run whose outcome is not known yet."""
        return {
            "id": item_id,
            "type": "mcp_call",
            "server_label": self.server_label,
            "name": self.name,
            "arguments": arguments,
            "approval_request_id": self.approval_request_id,
            "output": None,
            "error": None,
        }

    @property
    def outcome(self) -> str:
        """The event that tells that it is over."""
        return "response.mcp_call.completed" if self.error is None else "response.mcp_call.failed"


class McpCall:
    def __init__(self, place: Place, *, item_id: str, run: McpRun) -> None:
        self.place = place
        self.item = Item(shape=run.shape(item_id, arguments=""))
        self._run = run
        self._told = ""

    def opening(self) -> list[Event]:
        return []

    def steps(self, begin_s: float) -> list[Step]:
        steps = [
            Step(
                at_s=begin_s + number * ARGUMENTS_EVERY_S,
                event=Event(type="response.mcp_call_arguments.delta", fields=self._fields(delta=piece)),
            )
            for number, piece in enumerate(pieces(self._run.arguments))
        ]
        whole_s = steps[-1].at_s if steps else begin_s
        done = Event(type="response.mcp_call_arguments.done", fields=self._fields(arguments=self._run.arguments))
        of_run = {"item_id": self.item.id, "output_index": self.place.output_index}
        return [
            *steps,
            Step(at_s=whole_s, event=done),
            Step(at_s=whole_s, event=Event(type="response.mcp_call.in_progress", fields=of_run)),
            Step(at_s=whole_s + RUN_S, event=Event(type=self._run.outcome, fields=of_run)),
        ]

    def was_told(self, event: Event) -> None:
        if event.type == "response.mcp_call_arguments.delta":
            self._told += event.fields["delta"]
        elif event.type == self._run.outcome:
            self.item.shape |= {"output": self._run.output, "error": self._run.error}

    def closing(self) -> list[Event]:
        self.item.shape["arguments"] = self._told
        return []

    def _fields(self, **more: Any) -> dict[str, Any]:
        return fields_of(self.place, self.item.id, **more)
