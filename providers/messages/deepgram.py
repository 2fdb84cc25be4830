"""Deepgram listen and speak, and Gemini's generateContent: requests, control messages, and what refusals mean.

Source: deepgram-sdk 7.17.0, deepgram-api-specs of 2026-07-22, a live capture of 2026-08-25; google-genai 3.4.0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from providers.base import AudioFormat, SessionConfig, TextMessage
from providers.messages.common import judged_by_status
from providers.reconnect import Cause, Verdict

__all__ = [
    "CLOSE_STREAM", "KEEP_ALIVE", "audio_s", "generate_content", "judge", "listen_query", "said_by_model", "silence",
    "speak_query",
]  # fmt: skip

KEEP_ALIVE = json.dumps({"type": "KeepAlive"})
CLOSE_STREAM = json.dumps({"type": "CloseStream"})

_ENCODINGS = {AudioFormat.PCM16: "linear16", AudioFormat.G711_ULAW: "mulaw", AudioFormat.G711_ALAW: "alaw"}
_SILENT_SAMPLE = {AudioFormat.PCM16: b"\0\0", AudioFormat.G711_ULAW: b"\xff", AudioFormat.G711_ALAW: b"\xd5"}


def listen_query(config: SessionConfig, *, model: str) -> str:
    """The parameters of a listen stream. Truth values must be in lower case, and `utterance_end_ms` at least 1000."""
    wanted = config.metadata
    parameters: dict[str, Any] = {
        "model": model,
        "encoding": _ENCODINGS[config.audio_format],
        "sample_rate": config.sample_rate,
        "channels": config.channels,
        "interim_results": "true",
        "punctuate": "true",
        "vad_events": "true",
        "endpointing": wanted.get("endpointing_ms", 300),
        "utterance_end_ms": wanted.get("utterance_end_ms", 1000),
    }
    if "language" in wanted:
        parameters["language"] = wanted["language"]
    return urlencode(parameters)


def speak_query(*, voice: str, sample_rate: int) -> dict[str, str]:
    """Bare samples: without `container` they would come in a WAV file."""
    return {"model": voice, "encoding": "linear16", "container": "none", "sample_rate": str(sample_rate)}


def audio_s(audio: bytes, config: SessionConfig) -> float:
    """How long this audio lasts, in seconds."""
    return len(audio) / (len(_SILENT_SAMPLE[config.audio_format]) * config.channels * config.sample_rate)


def silence(seconds: float, config: SessionConfig) -> bytes:
    return _SILENT_SAMPLE[config.audio_format] * int(seconds * config.sample_rate * config.channels)


def generate_content(history: Sequence[TextMessage], config: SessionConfig) -> dict[str, Any]:
    """The request for the answer to the last message."""
    roles = {"assistant": "model"}
    generation: dict[str, Any] = {"temperature": config.temperature}
    if config.max_tokens is not None:
        generation["maxOutputTokens"] = config.max_tokens
    body: dict[str, Any] = {
        "contents": [{"role": roles.get(said.role, "user"), "parts": [{"text": said.text}]} for said in history],
        "generationConfig": generation,
    }
    if config.system_prompt is not None:
        body["systemInstruction"] = {"parts": [{"text": config.system_prompt}]}
    return body


def said_by_model(answer: Any) -> str:
    """The text of the first candidate; empty where there is none (a blocked answer has no content).

    Raises:
        ValueError: If this is no answer at all.
    """
    try:
        candidates = answer.get("candidates") or [{}]
        parts = candidates[0].get("content", {}).get("parts", [])
        return "".join(part.get("text", "") for part in parts if not part.get("thought"))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"the answer has an unexpected shape: {type(error).__name__}: {error}") from None


def judge(cause: Cause) -> Verdict:
    """What a loss or a refusal means. Deepgram documents no Retry-After; where a gateway sends one, it counts."""
    return judged_by_status(cause)
