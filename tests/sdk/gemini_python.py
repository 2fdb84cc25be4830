"""What google-genai can do with the Gemini mock; imported inside the SDK's environment."""

from __future__ import annotations

from tests.sdk import gemini_conversations, gemini_faults, gemini_generations, gemini_sessions, gemini_surfaces

__all__ = ["gemini_conversations", "gemini_faults", "gemini_generations", "gemini_sessions", "gemini_surfaces"]
