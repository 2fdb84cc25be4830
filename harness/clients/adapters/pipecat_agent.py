"""pipecat with a speech-to-speech model: its service between the two aggregators that its examples put around it.

Source: pipecat-ai 1.14.0, pipecat/services/llm_service.py and processors/aggregators/llm_response_universal.py, read 2026-11-23.
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

from harness.clients.adapters.pipecat_call import PipecatCall
from harness.clients.client import Endpoints

__all__ = ["PipecatAgent"]

GREETING: Any = {"role": "developer", "content": "Greet the caller."}


class PipecatAgent(PipecatCall):
    """One call. It begins with a greeting, as in the examples: an agent's first turn gives the service its context."""

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._results: dict[str, asyncio.Future[str]] = {}

    def service(self, tools: ToolsSchema | None) -> Any:
        """The service that is put to the test."""
        raise NotImplementedError

    async def processors(self, stack: AsyncExitStack) -> list[Any]:
        tools = self.asked.get("tools") or ()
        service = self.service(ToolsSchema(standard_tools=[_schema(tool) for tool in tools]) if tools else None)
        for tool in tools:
            service.register_function(tool["name"], self._called)
        aggregators = LLMContextAggregatorPair(LLMContext([GREETING]))
        return [aggregators.user(), service, aggregators.assistant()]

    async def begin(self) -> None:
        await self.worker.queue_frame(LLMRunFrame())

    async def send_text(self, text: str) -> None:
        message: Any = {"role": "user", "content": text}
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


def _schema(asked: Mapping[str, Any]) -> FunctionSchema:
    parameters = asked.get("parameters") or {}
    return FunctionSchema(
        name=asked["name"],
        description=asked.get("description", ""),
        properties=parameters.get("properties", {}),
        required=parameters.get("required", []),
    )
