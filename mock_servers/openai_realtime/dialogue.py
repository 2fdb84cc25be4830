"""The client's hand on the conversation: items put in, asked back, deleted, cut short."""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.input_audio import decoded
from mock_servers.openai_realtime.item_shapes import checked_item
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.json_copy import copied
from mock_servers.openai_realtime.mcp import Mcp
from mock_servers.openai_realtime.messages import required
from mock_servers.openai_realtime.responses import Responses
from mock_servers.openai_realtime.sound import from_wire
from mock_servers.openai_realtime.turns import Turns

__all__ = ["Dialogue"]

WITH_STATUS = ("message", "function_call")


class Dialogue:
    """The `conversation.item.*` events of one session. Each raises Refused where something is wrong with it."""

    def __init__(self, desk: Desk, *, responses: Responses, turns: Turns, mcp: Mcp) -> None:
        self._desk = desk
        self._responses = responses
        self._turns = turns
        self._mcp = mcp
        self._waiting: list[tuple[Item, str | None]] = []

    def create(self, message: dict[str, Any]) -> None:
        shape = required(message, "item")
        checked_item(shape)
        item, after = self._item(copied(shape)), message.get("previous_item_id")
        if item.shape["type"] == "function_call_output" and self._responses.active is not None:
            # A result that comes before the response is over is shown after it (recorded tool rounds).
            self._waiting.append((item, after))
            return
        self._desk.enter(item, after=after)
        if item.shape["type"] == "mcp_approval_response":
            self._mcp.decided(item.shape)

    def retrieve(self, message: dict[str, Any]) -> None:
        item = self._desk.items.get(required(message, "item_id"))
        self._desk.tell("conversation.item.retrieved", item=item.heard(self._desk.configuration.sounds))

    def delete(self, message: dict[str, Any]) -> None:
        item_id = required(message, "item_id")
        self._desk.items.delete(item_id)
        self._turns.forgotten(item_id)
        self._desk.tell("conversation.item.deleted", item_id=item_id)

    def truncate(self, message: dict[str, Any]) -> None:
        fields = {key: required(message, key) for key in ("item_id", "content_index", "audio_end_ms")}
        self._desk.items.truncate(**fields, too_long=self._desk.settings.truncate_beyond_code or None)
        self._desk.tell("conversation.item.truncated", **fields)

    # The conversation's response.

    def response_began(self) -> None:
        return

    def response_ended(self, audio_s: float) -> None:
        waiting, self._waiting = self._waiting, []
        for item, after in waiting:
            try:
                self._desk.enter(item, after=after)
            except Refused as refused:
                self._desk.error(refused.details)

    def _item(self, shape: dict[str, Any]) -> Item:
        audio = b""
        for part in shape.get("content", ()):
            if part.get("audio") is not None:
                audio += from_wire(decoded(part.pop("audio")), self._desk.configuration.sounds["input_audio"])
            if part["type"] == "input_audio":
                part.setdefault("transcript", None)
        if not shape.get("id"):
            shape["id"] = self._desk.new_id("item_")
        if shape["type"] in WITH_STATUS:
            shape["status"] = "completed"
        if shape["type"] == "function_call" and not shape.get("call_id"):
            shape["call_id"] = self._desk.ids.call()
        return Item(shape=shape, audio=audio)
