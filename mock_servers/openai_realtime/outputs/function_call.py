"""A call of a function that the client runs. It has no content parts."""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.outputs.output import ARGUMENTS_EVERY_S, Place, Step, fields_of, pieces

__all__ = ["FunctionCall"]


class FunctionCall:
    def __init__(self, place: Place, *, item_id: str, call_id: str, name: str, arguments: str) -> None:
        self.place = place
        shape = {"id": item_id, "type": "function_call", "status": "in_progress", "call_id": call_id, "name": name}
        self.item = Item(shape=shape | {"arguments": ""})
        self._arguments = arguments
        self._told = ""

    def opening(self) -> list[Event]:
        return []

    def steps(self, begin_s: float) -> list[Step]:
        kind = "response.function_call_arguments.delta"
        return [
            Step(
                at_s=begin_s + number * ARGUMENTS_EVERY_S,
                event=Event(type=kind, fields=self._fields(delta=piece)),
            )
            for number, piece in enumerate(pieces(self._arguments))
        ]

    def was_told(self, event: Event) -> None:
        if event.type == "response.function_call_arguments.delta":
            self._told += event.fields["delta"]

    def closing(self) -> list[Event]:
        self.item.shape["arguments"] = self._told
        fields = self._fields(name=self.item.shape["name"], arguments=self._told)
        return [Event(type="response.function_call_arguments.done", fields=fields)]

    def _fields(self, **more: Any) -> dict[str, Any]:
        return fields_of(self.place, self.item.id, call_id=self.item.shape["call_id"], **more)
