"""livekit-agents with OpenAI's realtime model: one `RealtimeSession` on the telephone.

Source: livekit-agents 1.8.9, livekit/agents/llm/_realtime/openai.py, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from livekit.agents import APIConnectionError
from livekit.plugins.openai.realtime import RealtimeModel
from openai.types.realtime.realtime_audio_input_turn_detection import SemanticVad, ServerVad

from harness.clients.adapters.lines import serve
from harness.clients.adapters.livekit_realtime import RealtimeCall
from harness.clients.client import Client, Endpoints

__all__ = ["LiveKitOpenAI", "make"]

MODEL = "gpt-realtime"


def make(case: Any, endpoints: Endpoints) -> Client:
    return LiveKitOpenAI(case, endpoints)


class LiveKitOpenAI(RealtimeCall):
    """One call. The library sends the configuration first on each connection, and the application never waits for it."""

    def model(self, http: aiohttp.ClientSession) -> Any:
        how: dict[str, Any] = {}
        if "turn_detection" in self.asked:
            how["turn_detection"] = _turn_detection(self.asked["turn_detection"])
        if "voice" in self.asked:
            how["voice"] = self.asked["voice"]
        return RealtimeModel(
            model=self.asked.get("model_id", MODEL),
            base_url=self.endpoints.urls["session"],
            api_key=self.endpoints.api_key,
            http_session=http,
            **how,
        )

    def listen(self, session: Any) -> None:
        session.on("openai_server_event_received", self._received)

    def is_loss(self, error: Exception) -> bool:
        """An error event of the server comes as an APIError, and the session goes on."""
        return isinstance(error, APIConnectionError)

    def _received(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if kind in ("session.created", "session.updated"):
            if kind == "session.updated" and self._state in ("connecting", "connected"):
                self._state = "active"
            self.outbox.tell(kind)


def _turn_detection(asked: Mapping[str, Any] | None) -> Any:
    if asked is None:
        return None
    kinds = {"server_vad": ServerVad, "semantic_vad": SemanticVad}
    return kinds[asked.get("type", "server_vad")].model_validate({"type": "server_vad", **asked})


if __name__ == "__main__":
    serve(make)
