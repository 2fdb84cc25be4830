"""pipecat with OpenAI's realtime service, between the two aggregators that its example puts around it.

Source: pipecat-ai 1.14.0, pipecat/services/openai/realtime/llm.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMMessagesAppendFrame, LLMRunFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService

from harness.clients.adapters.lines import serve
from harness.clients.adapters.pipecat_call import PipecatCall
from harness.clients.client import Client, Endpoints

__all__ = ["PipecatOpenAI", "make"]

MODEL = "gpt-realtime"
GREETING: Any = {"role": "developer", "content": "Greet the caller."}


def make(case: Any, endpoints: Endpoints) -> Client:
    return PipecatOpenAI(case, endpoints)


class PipecatOpenAI(PipecatCall):
    """One call. It begins with a greeting, as in the example: an agent's first turn gives pipecat its context."""

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._results: dict[str, asyncio.Future[str]] = {}

    async def processors(self, stack: AsyncExitStack) -> list[Any]:
        service = OpenAIRealtimeLLMService(
            api_key=self.endpoints.api_key,
            base_url=self.endpoints.urls["session"],
            settings=OpenAIRealtimeLLMService.Settings(
                model=self.asked.get("model_id", MODEL),
                system_instruction=self.asked.get("system_prompt"),
                session_properties=_properties(self.asked),
            ),
        )
        for tool in self.asked.get("tools") or ():
            service.register_function(tool["name"], self._called)
        aggregators = LLMContextAggregatorPair(LLMContext([GREETING]))
        return [aggregators.user(), service, aggregators.assistant()]

    async def begin(self) -> None:
        await self.worker.queue_frame(LLMRunFrame())

    async def send_text(self, text: str) -> None:
        message = {"role": "user", "content": text}
        await self.worker.queue_frame(LLMMessagesAppendFrame(messages=[message], run_llm=True))

    async def answer(self, call_id: str, result: str) -> None:
        """What the tool returns for this call; pipecat sends it."""
        waiting = self._result(call_id)
        if not waiting.done():
            waiting.set_result(result)

    async def _called(self, params: Any) -> None:
        called = {"call_id": params.tool_call_id, "name": params.function_name}
        self.outbox.tell("function_call", **called, arguments=json.dumps(params.arguments))
        await params.result_callback(await self._result(params.tool_call_id))

    def _result(self, call_id: str) -> asyncio.Future[str]:
        """Whichever is first, the tool or its answer, makes it."""
        return self._results.setdefault(call_id, asyncio.get_running_loop().create_future())


def _properties(asked: Mapping[str, Any]) -> events.SessionProperties:
    heard: dict[str, Any] = {"transcription": {}}
    if "turn_detection" in asked:
        heard["turn_detection"] = False if asked["turn_detection"] is None else asked["turn_detection"]
    audio: dict[str, Any] = {"input": heard}
    if "voice" in asked:
        audio["output"] = {"voice": asked["voice"]}
    tools = ToolsSchema(standard_tools=[_schema(tool) for tool in asked["tools"]]) if asked.get("tools") else None
    return events.SessionProperties(audio=events.AudioConfiguration.model_validate(audio), tools=tools)


def _schema(asked: Mapping[str, Any]) -> FunctionSchema:
    parameters = asked.get("parameters") or {}
    return FunctionSchema(
        name=asked["name"],
        description=asked.get("description", ""),
        properties=parameters.get("properties", {}),
        required=parameters.get("required", []),
    )


if __name__ == "__main__":
    serve(make)
