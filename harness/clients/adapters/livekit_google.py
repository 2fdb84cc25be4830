"""livekit-agents with Gemini Live: one `RealtimeSession` on the telephone.

Source: livekit-plugins-google 1.8.9, livekit/plugins/google/realtime/realtime_api.py, read 2026-11-23.
"""

from __future__ import annotations

from typing import Any

from google.genai import types
from livekit.plugins.google.realtime import RealtimeModel

from harness.clients.adapters.google_genai import http_options
from harness.clients.adapters.lines import serve
from harness.clients.adapters.livekit_realtime import RealtimeCall
from harness.clients.client import Client, Endpoints

__all__ = ["LiveKitGoogle", "make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return LiveKitGoogle(case, endpoints)


class LiveKitGoogle(RealtimeCall):
    """One call. What the library calls a connection has been set up by then."""

    sample_rate_hz = 16_000

    def model(self, http: Any) -> Any:
        how: dict[str, Any] = {}
        if "model_id" in self.asked:
            how["model"] = self.asked["model_id"]
        if "voice" in self.asked:
            how["voice"] = self.asked["voice"]
        if "turn_detection" in self.asked:
            how["realtime_input_config"] = types.RealtimeInputConfig.model_validate(self.asked["turn_detection"])
        return RealtimeModel(api_key=self.endpoints.api_key, http_options=http_options(self.endpoints), **how)

    def acquired(self) -> None:
        """The only word that this model has for a connection, be it the first or the next."""
        super().acquired()
        if self._state == "connected":
            self._state = "active"
        if self._reconnecting:
            self._reconnected()


if __name__ == "__main__":
    serve(make)
