"""Gemini Live, as Google's servers speak it: bidirectional sessions over WebSocket, and `generateContent` over REST."""

from mock_servers.gemini_live.vendor import GeminiLive

__all__ = ["GeminiLive"]
