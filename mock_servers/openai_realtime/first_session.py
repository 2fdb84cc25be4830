"""A session that nobody has configured yet, as `session.created` tells it.

Sources: recorded GA sessions, July and August 2026 (pydantic-ai's cassettes); of transcription sessions, the captures of
2026-09-18.
"""

from __future__ import annotations

from typing import Any

__all__ = ["first_session", "format_told", "voice_of"]

PERSONA = "You are a helpful and friendly voice assistant. Answer shortly, in the language that the user speaks."
"""Sessions that were given no instructions show some; the wording is ours."""


def first_session(session_id: str, expires_at: int, model: str | None) -> dict[str, Any]:
    """A session that speaks with this model; for None one that only listens."""
    if model is None:
        return {
            "type": "transcription",
            "object": "realtime.transcription_session",
            "id": session_id,
            "expires_at": expires_at,
            "audio": {"input": {**_hearing(), "turn_detection": _server_vad()}},
            "include": None,
        }
    # Recorded: alloy for gpt-realtime, marin for 2.1.
    voice = "alloy" if model == "gpt-realtime" else "marin"
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": PERSONA,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": expires_at,
        "audio": {
            "input": {**_hearing(), "turn_detection": _server_vad() | _answering()},
            "output": {"format": format_told(None), "voice": voice, "speed": 1.0},
        },
        "include": None,
    }


def format_told(fmt: dict[str, Any] | None) -> dict[str, Any]:
    """A format as the server tells it: the rate of PCM is always there, and always the same."""
    if fmt is None or fmt["type"] == "audio/pcm":
        return {"type": "audio/pcm", "rate": 24000}
    return dict(fmt)


def voice_of(voice: object) -> object:
    """A voice of one's own is given as `{"id": …}`; it is told by its name, as the SDK's type of a response wants it."""
    return voice["id"] if isinstance(voice, dict) and "id" in voice else voice


def _hearing() -> dict[str, Any]:
    return {"format": format_told(None), "transcription": None, "noise_reduction": None}


def _server_vad() -> dict[str, Any]:
    # The documentation says 500 ms of silence; the wire says 200.
    return {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}


def _answering() -> dict[str, Any]:
    return {"idle_timeout_ms": None, "create_response": True, "interrupt_response": True}
