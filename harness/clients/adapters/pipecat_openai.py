"""pipecat with OpenAI's realtime service, between the two aggregators that its example puts around it.

Source: pipecat-ai 1.14.0, pipecat/services/openai/realtime/llm.py, read 2026-11-23.
"""

from __future__ import annotations

from typing import Any

from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService

from harness.clients.adapters.lines import serve
from harness.clients.adapters.pipecat_agent import PipecatAgent
from harness.clients.client import Client, Endpoints

__all__ = ["PipecatOpenAI", "make"]

MODEL = "gpt-realtime"


def make(case: Any, endpoints: Endpoints) -> Client:
    return PipecatOpenAI(case, endpoints)


class PipecatOpenAI(PipecatAgent):
    """One call."""

    def service(self, tools: Any) -> Any:
        heard: dict[str, Any] = {"transcription": {}}
        if "turn_detection" in self.asked:
            asked = self.asked["turn_detection"]
            heard["turn_detection"] = False if asked is None else asked
        audio: dict[str, Any] = {"input": heard}
        if "voice" in self.asked:
            audio["output"] = {"voice": self.asked["voice"]}
        return OpenAIRealtimeLLMService(
            api_key=self.endpoints.api_key,
            base_url=self.endpoints.urls["session"],
            settings=OpenAIRealtimeLLMService.Settings(
                model=self.asked.get("model_id", MODEL),
                system_instruction=self.asked.get("system_prompt"),
                session_properties=events.SessionProperties(
                    audio=events.AudioConfiguration.model_validate(audio), tools=tools
                ),
            ),
        )


if __name__ == "__main__":
    serve(make)
