"""The functions of the client: which the model may call, which calls run, and what comes of their results.

A BLOCKING function is waited for; during a NON_BLOCKING one the conversation goes on, and each result says how it wants to
be told: SILENT, WHEN_IDLE (the default) or INTERRUPT. Source: python-genai 3.4.0, types.py, FunctionResponse. Who is
interrupted by INTERRUPT: Google's "Migrate from Gemini 2.5 … to Gemini 3.8 Live", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mock_servers.base.conversation import ToolCall
from mock_servers.base.google_content import Tool
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.client_messages import FunctionResponse
from mock_servers.gemini_live.profile import Behavior
from mock_servers.gemini_live.server_messages import server_content, tool_call, tool_call_cancellation
from mock_servers.gemini_live.turn import model_turn
from mock_servers.gemini_live.usage import Tokens

__all__ = ["Functions", "Told"]

CANCELLED_MAX = 64
"""So many cancelled calls are remembered, because their results may be under way."""

Told = Literal["now", "later", "never", "unknown"]
"""What a result asks of the model: to speak of it at once, when it is free, or not at all; or nobody waited for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    name: str
    behavior: Behavior


class Functions:
    """The functions of one session."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._declared: dict[str, str | None] = {}
        self._running: dict[str, _Running] = {}
        self._cancelled: list[str] = []

    def declare(self, tools: tuple[Tool, ...]) -> None:
        """These, and no others, can be called from now on."""
        functions = (function for tool in tools for function in tool.function_declarations)
        self._declared = {function.name: function.behavior for function in functions}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._declared)

    @property
    def are_running(self) -> bool:
        return bool(self._running)

    def call(self, asked: ToolCall) -> tuple[str, Behavior]:
        """Tell the client to run this function; the call's id, and whether the model waits for it."""
        call_id = self._call.backend.next_call_id(self._call.flavour)
        behavior = self._call.profile.behavior_of(self._declared.get(asked.name))
        self._running[call_id] = _Running(name=asked.name, behavior=behavior)
        self._announce(asked)
        self._call.say(tool_call(call_id, asked.name, asked.arguments))
        return call_id, behavior

    def cancel(self, ids: list[str]) -> None:
        """The caller has interrupted these calls; their results are not wanted any more."""
        for call_id in ids:
            del self._running[call_id]
        self._cancelled = (self._cancelled + ids)[-CANCELLED_MAX:]
        self._call.say(tool_call_cancellation(ids))

    def returned(self, result: FunctionResponse) -> tuple[str, Told]:
        """A function has returned: the id of its call, and what the result asks for."""
        call_id = result.id or self._by_name(result.name)
        running = self._running.get(call_id)
        if running is None:
            return call_id, "never" if call_id in self._cancelled else "unknown"
        if running.behavior == "BLOCKING":
            # Scheduling and `willContinue` are for the others, and ignored here.
            del self._running[call_id]
            self._learn(result)
            return call_id, "now"
        if not result.will_continue:
            del self._running[call_id]
        if result.scheduling == "SILENT":
            self._learn(result, silently=True)
            return call_id, "never"
        self._learn(result)
        return call_id, "now" if result.scheduling == "INTERRUPT" else "later"

    def learn_stray(self, result: FunctionResponse) -> None:
        """The result of a call that nobody made; Vertex talks about it."""
        self._learn(result)

    def _by_name(self, name: str) -> str:
        """The oldest running call of this function: on Vertex a result needs no id."""
        return next((call_id for call_id, running in self._running.items() if running.name == name), "")

    def _learn(self, result: FunctionResponse, *, silently: bool = False) -> None:
        output = " ".join(str(value) for value in result.response.values())
        self._call.dialogue.charge(Tokens.of(text=output))
        if silently:
            self._call.dialogue.note(output)
        else:
            self._call.dialogue.add("tool", output)

    def _announce(self, asked: ToolCall) -> None:
        """Half-cascade models write the call as code before they make it: js-genai, recordings of the Gemini API."""
        model = self._call.setup.model
        if self._call.profile.name != "2.5" or "gemini-2.0" not in model:
            return
        arguments = ", ".join(f"{name}={value!r}" for name, value in asked.arguments.items())
        code = {"executableCode": {"language": "PYTHON", "code": f"default_api.{asked.name}({arguments})"}}
        self._call.say(server_content(**model_turn(self._call.flavour, code)))
