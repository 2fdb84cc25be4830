"""The configuration of a session: what it starts with, and what an update makes of it."""

from __future__ import annotations

import math
from typing import Any

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.first_session import first_session, format_told, voice_of
from mock_servers.openai_realtime.json_copy import copied
from mock_servers.openai_realtime.messages import checked
from mock_servers.openai_realtime.session_shapes import SessionShape, TranscriptionShape
from mock_servers.openai_realtime.sound import Sound, sound_of

__all__ = ["Configuration"]

READ_ONLY = ("id", "object", "expires_at")

LOGPROBS = "item.input_audio_transcription.logprobs"


class Configuration:
    """The session document of one connection. Source of its shape: recorded GA sessions, July and August 2026."""

    def __init__(self, *, session_id: str, expires_at: int, model: str, transcription_only: bool = False) -> None:
        self._document = first_session(session_id, expires_at, None if transcription_only else model)

    def document(self) -> dict[str, Any]:
        """The whole session, for `session.created` and `session.updated`."""
        return copied(self._document)

    def update(self, change: object, *, audio_was_heard: bool = False) -> None:
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
            if name in change and change[name] != self._document.get(name, change[name]):
                raise Refused("invalid_value", f"The {name} of a session cannot change.", param=f"session.{name}")
        merged = _merged(self._document, change)
        shape = checked(TranscriptionShape if self.transcribes_only else SessionShape, merged, name="session")
        if audio_was_heard and _voice(merged) != _voice(self._document):
            raise Refused(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                param="session.audio.output.voice",
            )
        if self._document.get("tracing") is not None and merged.get("tracing") != self._document["tracing"]:
            raise Refused("invalid_value", "Tracing cannot change once it is on.", param="session.tracing")
        self._document = _filled_in(merged, shape)

    # What the caller's side is asked for.

    @property
    def session_id(self) -> str:
        return str(self._document["id"])

    @property
    def transcribes_only(self) -> bool:
        return bool(self._document["type"] == "transcription")

    @property
    def sounds(self) -> dict[str, Sound]:
        """The formats of audio, by the kind of content that is in them."""
        audio = self._document["audio"]
        return {
            "input_audio": sound_of(audio["input"]["format"]),
            "output_audio": sound_of((audio.get("output") or {}).get("format")),
        }

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        detection: dict[str, Any] | None = self._document["audio"]["input"]["turn_detection"]
        return detection

    @property
    def eagerness(self) -> str | None:
        """How eager semantic turn detection is; None where turns are found otherwise."""
        detection = self.turn_detection
        if detection is None or detection["type"] != "semantic_vad":
            return None
        return str(detection.get("eagerness") or "auto")

    @property
    def silence_s(self) -> float:
        """The silence that ends a turn for server VAD; infinity where it has no say."""
        detection = self.turn_detection
        if detection is None or detection["type"] != "server_vad":
            return math.inf
        return float(detection["silence_duration_ms"]) / 1000

    @property
    def idle_timeout_s(self) -> float | None:
        timeout_ms = (self.turn_detection or {}).get("idle_timeout_ms")
        return None if timeout_ms is None else float(timeout_ms) / 1000

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
    def transcription(self) -> dict[str, Any] | None:
        """How what the caller says is written down; None if it is not."""
        transcription: dict[str, Any] | None = self._document["audio"]["input"]["transcription"]
        return transcription

    @property
    def tells_logprobs(self) -> bool:
        return LOGPROBS in (self._document.get("include") or ())

    # What a response takes from its session.

    @property
    def model(self) -> str:
        return str(self._document.get("model") or "")

    @property
    def instructions(self) -> str:
        return str(self._document.get("instructions") or "")

    @property
    def tools(self) -> list[dict[str, Any]]:
        return list(self._document.get("tools") or ())

    @property
    def tool_choice(self) -> str | dict[str, Any]:
        choice: str | dict[str, Any] = self._document.get("tool_choice") or "auto"
        return choice

    @property
    def truncation(self) -> str | dict[str, Any]:
        truncation: str | dict[str, Any] = self._document.get("truncation") or "auto"
        return truncation

    def of_response(self) -> dict[str, Any]:
        """The settings that a response shows of its session."""
        output = self._document["audio"]["output"]
        return {
            "output_modalities": list(self._document["output_modalities"]),
            "max_output_tokens": self._document["max_output_tokens"],
            "audio": {"output": {"format": dict(output["format"]), "voice": output["voice"]}},
        }


def _merged(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = copied(old)
    for name, value in change.items():
        before = merged.get(name)
        # Another type of turn detection has other fields, so nothing of the one before is kept.
        if isinstance(before, dict) and isinstance(value, dict) and _same_kind(before, value):
            merged[name] = _merged(before, value)
        else:
            merged[name] = copied(value)
    return merged


def _same_kind(before: dict[str, Any], value: dict[str, Any]) -> bool:
    return "type" not in value or value["type"] == before.get("type")


def _filled_in(merged: dict[str, Any], shape: SessionShape | TranscriptionShape) -> dict[str, Any]:
    """The document with what the server fills in by itself where an update left it out or cleared it."""
    document = copied(merged)
    heard, told = shape.audio.input, document["audio"].setdefault("input", {})
    told["format"] = format_told(told.get("format"))
    if heard.transcription is not None:
        # The three are always told (recorded in August 2026); what is newer, where it was given.
        given = heard.transcription.model_dump(exclude_none=True)
        told["transcription"] = {"model": None, "language": None, "prompt": None} | given
    told.setdefault("transcription", None)
    told.setdefault("noise_reduction", None)
    told.setdefault("turn_detection", None)
    detection = heard.turn_detection
    if detection is not None:
        # A session that only listens tells nothing of responses (capture of 2026-09-18).
        silent = {"create_response", "interrupt_response", "idle_timeout_ms"}
        told["turn_detection"] = detection.model_dump(
            exclude=silent if isinstance(shape, TranscriptionShape) else set()
        )
    if isinstance(shape, TranscriptionShape):
        return document
    usual = first_session(shape.id, shape.expires_at, shape.model or "")
    for name in ("output_modalities", "instructions", "tools", "tool_choice", "max_output_tokens", "truncation"):
        if document.get(name) is None:
            document[name] = usual[name]
    output = document["audio"].setdefault("output", {})
    for name, value in usual["audio"]["output"].items():
        if output.get(name) is None:
            output[name] = value
    output["format"] = format_told(output["format"])
    output["voice"] = voice_of(output["voice"])
    return document


def _voice(document: dict[str, Any]) -> object:
    return voice_of((document["audio"].get("output") or {}).get("voice"))
