"""pipecat with Gemini Live, between the two aggregators that its example puts around it.

Source: pipecat-ai 1.14.0, pipecat/services/google/gemini_live/llm.py, read 2026-11-23.
"""

from __future__ import annotations

from typing import Any

from pipecat.frames.frames import InputTextRawFrame
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService

from harness.clients.adapters.google_genai import http_options
from harness.clients.adapters.lines import serve
from harness.clients.adapters.pipecat_agent import PipecatAgent
from harness.clients.client import Client, Endpoints

__all__ = ["PipecatGemini", "make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return PipecatGemini(case, endpoints)


class PipecatGemini(PipecatAgent):
    """One call. The service says nothing of an outage that it has mended."""

    sample_rate_hz = 16_000

    def service(self, tools: Any) -> Any:
        how: dict[str, Any] = {}
        if "model_id" in self.asked:
            how["model"] = self.asked["model_id"]
        if "voice" in self.asked:
            how["voice"] = self.asked["voice"]
        if self.asked.get("system_prompt") is not None:
            how["system_instruction"] = self.asked["system_prompt"]
        return GeminiLiveLLMService(
            api_key=self.endpoints.api_key,
            http_options=http_options(self.endpoints),
            settings=GeminiLiveLLMService.Settings(**how),
            tools=tools,
        )

    async def send_text(self, text: str) -> None:
        """What is appended to the context in the middle of a session does not go to Gemini; text as input does."""
        await self.worker.queue_frame(InputTextRawFrame(text=text))


if __name__ == "__main__":
    serve(make)
