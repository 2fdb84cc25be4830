"""The configuration of a session: what it starts with, and what an update makes of it."""

from __future__ import annotations

import copy
import math
from typing import Any

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.messages import SessionModel, checked

__all__ = ["Configuration"]

READ_ONLY = ("id", "object", "expires_at")

SEMANTIC_SILENCE_S = {"low": 1.0, "medium": 0.5, "auto": 0.5, "high": 0.25}
"""Semantic turn detection judges words; here it waits. The waits are ours."""

PERSONA = "You are a helpful and friendly voice assistant. Answer shortly, in the language that the user speaks."
"""Sessions that were given no instructions show some; the wording is ours."""


class Configuration:
    """The session document of one connection. Source of its shape: recorded GA sessions, July and August 2026."""

    def __init__(self, *, session_id: str, expires_at: int, model: str, transcription_only: bool = False) -> None:
        make = _transcription_session if transcription_only else _realtime_session
        self._document = make(session_id, expires_at, model)

    def document(self) -> dict[str, Any]:
        """The whole session, for `session.created` and `session.updated`."""
        return copy.deepcopy(self._document)

    def update(self, change: object, *, audio_was_heard: bool) -> None:
        """Merge an update into the session: null clears, lists replace, objects merge.

        Raises:
            Refused: If any of it is wrong; then nothing of it holds.
        """
        if not isinstance(change, dict):
            raise Refused("missing_required_parameter", "Missing required parameter: 'session'.", param="session")
        if "type" not in change:
            raise Refused(
                "missing_required_parameter", "Missing required parameter: 'session.type'.", param="session.type"
            )
        for name in READ_ONLY:
            if name in change:
                raise Refused("unknown_parameter", f"Unknown parameter: 'session.{name}'.", param=f"session.{name}")
        for name in ("type", "model"):
            if name in change and change[name] != self._document.get(name):
                raise Refused("invalid_value", f"The {name} of a session cannot change.", param=f"session.{name}")
        merged = _merged(self._document, change)
        model: SessionModel = checked(SessionModel, merged, name="session")
        if audio_was_heard and _voice(merged) != _voice(self._document):
            raise Refused(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                param="session.audio.output.voice",
            )
        self._document = _filled_in(merged, model)

    @property
    def output_modality(self) -> str:
        return str((self._document.get("output_modalities") or ["audio"])[0])

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        detection: dict[str, Any] | None = self._document["audio"]["input"]["turn_detection"]
        return detection

    @property
    def silence_s(self) -> float:
        """The silence that ends a turn; infinity where turns are the client's own business."""
        detection = self.turn_detection
        if detection is None:
            return math.inf
        if detection["type"] == "semantic_vad":
            return SEMANTIC_SILENCE_S[detection.get("eagerness", "auto")]
        return float(detection["silence_duration_ms"]) / 1000

    @property
    def prefix_padding_ms(self) -> int:
        return int((self.turn_detection or {}).get("prefix_padding_ms", 0))

    @property
    def creates_responses(self) -> bool:
        return not self.transcribes_only and bool((self.turn_detection or {}).get("create_response", True))

    @property
    def interrupts_responses(self) -> bool:
        return bool((self.turn_detection or {}).get("interrupt_response", True))

    @property
    def transcribes_only(self) -> bool:
        return bool(self._document["type"] == "transcription")

    @property
    def transcription_model(self) -> str | None:
        """None where what the caller says is not written down."""
        transcription = self._document["audio"]["input"]["transcription"]
        return None if transcription is None else str(transcription.get("model") or "whisper-1")

    @property
    def tools(self) -> tuple[str, ...]:
        """The functions that the model may call, by name."""
        if self._document.get("tool_choice") == "none":
            return ()
        return tuple(tool["name"] for tool in self._document.get("tools") or () if tool["type"] == "function")

    @property
    def instructions(self) -> str:
        return str(self._document.get("instructions") or "")

    def of_response(self) -> dict[str, Any]:
        """The settings that a response shows of its session."""
        output = self._document["audio"]["output"]
        return {
            "output_modalities": list(self._document["output_modalities"]),
            "max_output_tokens": self._document["max_output_tokens"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
        }


def _realtime_session(session_id: str, expires_at: int, model: str) -> dict[str, Any]:
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
            "input": {
                **_hearing(),
                # The documentation says 500 ms of silence; the wire says 200.
                "turn_detection": _server_vad() | {"create_response": True, "interrupt_response": True},
            },
            "output": {"format": _pcm(), "voice": "alloy" if model == "gpt-realtime" else "marin", "speed": 1.0},
        },
        "include": None,
    }


def _transcription_session(session_id: str, expires_at: int, model: str) -> dict[str, Any]:
    detection = _server_vad()
    del detection["idle_timeout_ms"]
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": session_id,
        "expires_at": expires_at,
        "audio": {"input": {**_hearing(), "turn_detection": detection}},
        "include": None,
    }


def _pcm() -> dict[str, Any]:
    return {"type": "audio/pcm", "rate": 24000}


def _hearing() -> dict[str, Any]:
    return {"format": _pcm(), "transcription": None, "noise_reduction": None}


def _server_vad() -> dict[str, Any]:
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
    }


def _merged(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(old)
    for name, value in change.items():
        before = merged.get(name)
        # Another type of turn detection has other fields, so nothing of the one before is kept.
        if isinstance(before, dict) and isinstance(value, dict) and _same_kind(before, value):
            merged[name] = _merged(before, value)
        else:
            merged[name] = copy.deepcopy(value)
    return merged


def _same_kind(before: dict[str, Any], value: dict[str, Any]) -> bool:
    return "type" not in value or value["type"] == before.get("type")


def _filled_in(merged: dict[str, Any], model: SessionModel) -> dict[str, Any]:
    """The document with what the server fills in by itself where an update left it out or cleared it."""
    document = copy.deepcopy(merged)
    document["audio"]["input"] = model.audio.input.model_dump()
    document["audio"]["input"]["format"] = _pcm()
    if model.type == "transcription":
        return document
    usual = _realtime_session(model.id, model.expires_at, model.model or "")
    for name in ("output_modalities", "instructions", "tools", "tool_choice", "max_output_tokens", "truncation"):
        if document.get(name) is None:
            document[name] = usual[name]
    output = document["audio"].setdefault("output", {})
    for name, value in usual["audio"]["output"].items():
        if output.get(name) is None:
            output[name] = value
    output["format"] = _pcm()
    return document


def _voice(document: dict[str, Any]) -> object:
    return (document["audio"].get("output") or {}).get("voice")
