"""A mock of OpenAI's Realtime API: in its GA shape, and on request in the beta's."""

from __future__ import annotations

from mock_servers.openai_realtime.protocol import OpenAIRealtime
from mock_servers.openai_realtime.settings import Settings

__all__ = ["OpenAIRealtime", "Settings"]
