"""A mock of OpenAI's Realtime API, in its GA shape."""

from __future__ import annotations

from mock_servers.openai_realtime.protocol import OpenAIRealtime

__all__ = ["OpenAIRealtime"]
