"""What the agent answers: the words of the script, or a call of the tool that was asked for by its name."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from mock_servers.base.conversation import ToolCall
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.item_shapes import checked_item
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.mcp import Mcp
from mock_servers.openai_realtime.messages import checked
from mock_servers.openai_realtime.outputs import FunctionCall, McpApproval, McpCall, Message, Output, Pace, Place
from mock_servers.openai_realtime.response_shape import ResponseShape
from mock_servers.openai_realtime.sound import sound_of

__all__ = ["Answers"]

COMMENTARY = "One moment, let me look that up."

SECOND_GENERATION = re.compile(r"gpt-realtime-[2-9](\.\d+)?(-|$)")
"""`gpt-realtime-2`, `gpt-realtime-2.1-mini`; not the dated `gpt-realtime-2025-08-28`."""


class Answers:
    """Decides what the responses of one session are made of."""

    def __init__(self, desk: Desk, mcp: Mcp) -> None:
        self._desk = desk
        self._mcp = mcp
        self._turns = 0

    @cached_property
    def _pace(self) -> Pace:
        settings = self._desk.settings
        return Pace(
            speedup=settings.speedup,
            audio_delta_ms=settings.audio_delta_ms,
            word_jitter_s=settings.word_jitter_s,
            chance=self._desk.chance("words"),
        )

    def read(self, asked: ResponseShape) -> list[Item]:
        """The items to answer: the conversation's, or those that the response brings along.

        Raises:
            Refused: If one of these is none, or refers to an item that is not there.
        """
        if asked.input is None:
            return list(self._desk.items)
        items = []
        for number, shape in enumerate(asked.input):
            name = f"response.input[{number}]"
            if shape.get("type") == "item_reference":
                found = self._desk.items.find(shape.get("id"))
                if found is None:
                    raise Refused("invalid_value", f"There is no item '{shape.get('id')}'.", param=f"{name}.id")
                items.append(found)
            else:
                checked_item(shape, name=name)
                items.append(Item(shape=shape))
        return items

    def question(self, asked: ResponseShape, items: list[Item]) -> str:
        """The words to answer: those of the last item, or the name of the tool that must be called."""
        forced = self._choice(asked)
        if isinstance(forced, dict) and forced.get("name"):
            return f"call {forced['name']}"
        if forced == "required" or isinstance(forced, dict):
            return f"call {next(iter(self._names(asked)), '')}"
        return items[-1].words() if items else ""

    def outputs(
        self, asked: ResponseShape, question: str, *, response_id: str, settings: dict[str, Any]
    ) -> list[Output]:
        """The items of a response to these words."""
        names = self._names(asked)
        reply = self._desk.conversation.reply(question, turn=self._turns, tools=tuple(names))
        self._turns += 1
        if reply.tool_call is None:
            return [self._message(Place(response_id=response_id, output_index=0), reply.text, settings)]
        outputs: list[Output] = []
        if self._comments():
            place = Place(response_id=response_id, output_index=0)
            outputs.append(self._message(place, COMMENTARY, settings, phase="commentary"))
        for call in self._calls(asked, question, reply.tool_call):
            place = Place(response_id=response_id, output_index=len(outputs))
            outputs.append(self._call(place, call, asked))
        return outputs

    # Messages.

    def _message(self, place: Place, text: str, settings: dict[str, Any], *, phase: str | None = None) -> Message:
        is_spoken = settings["output_modalities"] == ["audio"]
        return Message(
            place,
            item_id=self._desk.new_id("item_"),
            text=text,
            pcm=self._desk.voice.say(text) if is_spoken else None,
            sound=sound_of(settings["audio"]["output"]["format"]),
            pace=self._pace,
            phase=phase,
        )

    def _comments(self) -> bool:
        commentary = self._desk.settings.commentary
        return commentary == "always" or (commentary == "second-generation" and self._is_second_generation)

    @property
    def _is_second_generation(self) -> bool:
        return SECOND_GENERATION.match(self._desk.configuration.model) is not None

    # Tools.

    def _tools(self, asked: ResponseShape) -> list[dict[str, Any]]:
        if asked.tools is None:
            return self._desk.configuration.tools
        return [tool.model_dump(exclude_none=True) for tool in asked.tools]

    def _choice(self, asked: ResponseShape) -> str | dict[str, Any]:
        choice = asked.tool_choice
        if choice is None:
            return self._desk.configuration.tool_choice
        return choice if isinstance(choice, str) else choice.model_dump(exclude_none=True)

    def _names(self, asked: ResponseShape) -> list[str]:
        """All that can be called, by name."""
        if self._choice(asked) == "none":
            return []
        functions = [tool["name"] for tool in self._tools(asked) if tool["type"] == "function"]
        return functions + list(self._servers(asked))

    def _servers(self, asked: ResponseShape) -> dict[str, Any]:
        return self._mcp.servers(None if asked.tools is None else self._tools(asked))

    def _calls(self, asked: ResponseShape, question: str, first: ToolCall) -> list[ToolCall]:
        """The calls to make. Only the second generation makes more than one at once (SDK docs, `parallel_tool_calls`)."""
        if not self._is_second_generation or asked.parallel_tool_calls is False:
            return [first]
        names = self._names(asked)
        wanted = [name for name in re.findall(r"\bcall ([\w.-]+)", question) if name in names]
        others = [name for name in dict.fromkeys(wanted) if name != first.name]
        return [first, *(ToolCall(name=name, arguments=first.arguments) for name in others)]

    def _call(self, place: Place, call: ToolCall, asked: ResponseShape) -> Output:
        item_id, arguments = self._desk.new_id("item_"), json.dumps(call.arguments)
        server = self._servers(asked).get(call.name)
        if server is None:
            call_id = self._desk.ids.call()
            return FunctionCall(place, item_id=item_id, call_id=call_id, name=call.name, arguments=arguments)
        run = self._mcp.run(server, call.name, arguments)
        if server.needs_approval(call.name):
            self._mcp.asked(item_id, run)
            return McpApproval(place, item_id=item_id, server_label=server.label, name=call.name, arguments=arguments)
        return McpCall(place, item_id=item_id, run=run)


def asked_for(message: dict[str, Any]) -> ResponseShape:
    """The `response` of a `response.create`. Raises Refused if it is wrong."""
    shape: ResponseShape = checked(ResponseShape, message.get("response") or {}, name="response")
    return shape
