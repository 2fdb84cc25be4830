"""What the three providers say and want to hear, as far as a small client needs it. Pure; nothing here knows `providers`.

Source: openai-openapi of 2026-08-21, the public proto of Gemini's v1beta, deepgram-api-specs of 2026-07-22.
"""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

__all__ = [
    "DIALECTS", "CalledOff", "Complained", "Deepgram", "Dialect", "GeminiLive", "Handed", "Heard", "OpenAIRealtime", "Ready",
    "Said", "Spoke", "Transcribed", "Wanted", "Warned",
]  # fmt: skip


class Heard:
    """Something that the server said."""


@dataclass(frozen=True, slots=True)
class Ready(Heard):
    """The session is configured: it can be spoken to."""


@dataclass(frozen=True, slots=True)
class Spoke(Heard):
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Said(Heard):
    """A piece of the agent's words."""

    text: str


@dataclass(frozen=True, slots=True)
class Transcribed(Heard):
    """The caller's words, from `from_s` to `to_s` of what this connection was sent; they will change if not `final`."""

    text: str
    from_s: float
    to_s: float
    final: bool


@dataclass(frozen=True, slots=True)
class Wanted(Heard):
    """The agent wants a function called."""

    call_id: str
    name: str


@dataclass(frozen=True, slots=True)
class CalledOff(Heard):
    call_id: str


@dataclass(frozen=True, slots=True)
class Complained(Heard):
    """An error inside the session."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Warned(Heard):
    """The server will end this connection in `left_s`."""

    left_s: float


@dataclass(frozen=True, slots=True)
class Handed(Heard):
    """With this the session can be gone on with on another connection; None: not now."""

    handle: str | None


class Dialect(ABC):
    """One provider's words. `ready_at_once`: the upgrade itself is what configures the session."""

    caller_hz = 24_000
    agent_hz = 24_000
    ready_at_once = False
    stays_awake_with: str | None = None

    @abstractmethod
    def address(self, url: str, key: str) -> tuple[str, dict[str, str]]:
        """Where to connect, and with which headers."""

    def opening(self, asked: Mapping[str, Any], handle: str | None) -> list[str]:
        """What configures the session, first of all."""
        return []

    @abstractmethod
    def audio(self, pcm: bytes) -> str | bytes: ...

    def text(self, text: str) -> list[str]:
        return []

    def answer(self, call: Wanted, result: str) -> list[str]:
        return []

    @abstractmethod
    def hear(self, payload: bytes) -> Iterator[Heard]:
        """What a message says; one that cannot be read says nothing, and an unknown one neither."""


def _object(payload: bytes) -> dict[str, Any]:
    try:
        message = json.loads(payload)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _pcm(coded: Any) -> bytes:
    try:
        return base64.b64decode(coded, validate=True)
    except (TypeError, ValueError):
        return b""


class OpenAIRealtime(Dialect):
    def address(self, url: str, key: str) -> tuple[str, dict[str, str]]:
        return f"{url}?model=gpt-realtime", {"Authorization": f"Bearer {key}"}

    def opening(self, asked: Mapping[str, Any], handle: str | None) -> list[str]:
        session: dict[str, Any] = {
            "type": "realtime",
            "instructions": asked.get("system_prompt", ""),
            "tools": [{"type": "function", **tool} for tool in asked.get("tools", ())],
            "audio": {"input": {"format": {"type": "audio/pcm", "rate": self.caller_hz}}},
        }
        return [json.dumps({"type": "session.update", "session": session})]

    def audio(self, pcm: bytes) -> str:
        return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

    def text(self, text: str) -> list[str]:
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        return [json.dumps({"type": "conversation.item.create", "item": item}), json.dumps({"type": "response.create"})]

    def answer(self, call: Wanted, result: str) -> list[str]:
        item = {"type": "function_call_output", "call_id": call.call_id, "output": result}
        return [json.dumps({"type": "conversation.item.create", "item": item}), json.dumps({"type": "response.create"})]

    def hear(self, payload: bytes) -> Iterator[Heard]:
        match _object(payload):
            case {"type": "session.updated"}:
                yield Ready()
            case {"type": "response.output_audio.delta", "delta": delta}:
                yield Spoke(_pcm(delta))
            case {"type": "response.output_audio_transcript.done", "transcript": str(text)}:
                yield Said(text)
            case {"type": "response.function_call_arguments.done", "call_id": str(call), "name": str(name)}:
                yield Wanted(call, name)
            case {"type": "error", "error": {"message": message, **error}}:
                yield Complained(str(error.get("code") or error.get("type")), str(message))
            case {"type": "response.done", "response": {"status": "failed", "status_details": {"error": dict(error)}}}:
                yield Complained(str(error.get("code") or error.get("type")), str(error.get("message", "")))


class GeminiLive(Dialect):
    caller_hz = 16_000

    def address(self, url: str, key: str) -> tuple[str, dict[str, str]]:
        return url, {"x-goog-api-key": key}

    def opening(self, asked: Mapping[str, Any], handle: str | None) -> list[str]:
        tools = [
            {"name": tool["name"], "description": tool["description"], "parametersJsonSchema": tool["parameters"]}
            for tool in asked.get("tools", ())
        ]
        setup: dict[str, Any] = {
            "model": "models/gemini-3.1-flash-live-preview",
            "generationConfig": {"responseModalities": ["AUDIO"], "temperature": asked.get("temperature", 0.7)},
            "systemInstruction": {"parts": [{"text": asked.get("system_prompt", "")}]},
            "sessionResumption": {"handle": handle} if handle is not None else {},
            "tools": [{"functionDeclarations": tools}],
        }
        return [json.dumps({"setup": setup})]

    def audio(self, pcm: bytes) -> str:
        blob = {"mimeType": f"audio/pcm;rate={self.caller_hz}", "data": base64.b64encode(pcm).decode()}
        return json.dumps({"realtimeInput": {"audio": blob}})

    def text(self, text: str) -> list[str]:
        return [json.dumps({"realtimeInput": {"text": text}})]

    def answer(self, call: Wanted, result: str) -> list[str]:
        response = {"id": call.call_id, "name": call.name, "response": {"output": result}}
        return [json.dumps({"toolResponse": {"functionResponses": [response]}})]

    def hear(self, payload: bytes) -> Iterator[Heard]:
        message = _object(payload)
        if "setupComplete" in message:
            yield Ready()
        match message.get("serverContent"):
            case {"modelTurn": {"parts": list(parts)}}:
                yield from (Spoke(_pcm(part["inlineData"].get("data"))) for part in parts if "inlineData" in part)
        match message:
            case {"toolCall": {"functionCalls": list(calls)}}:
                yield from (Wanted(str(call.get("id")), str(call.get("name"))) for call in calls)
            case {"toolCallCancellation": {"ids": list(ids)}}:
                yield from (CalledOff(str(call)) for call in ids)
            case {"goAway": dict(warning)}:
                yield Warned(float(str(warning.get("timeLeft", "0s")).removesuffix("s") or 0))
            case {"sessionResumptionUpdate": dict(update)}:
                yield Handed(update.get("newHandle") if update.get("resumable") else None)


class Deepgram(Dialect):
    caller_hz = 16_000
    ready_at_once = True
    stays_awake_with = json.dumps({"type": "KeepAlive"})

    def address(self, url: str, key: str) -> tuple[str, dict[str, str]]:
        asked = {"model": "nova-3", "encoding": "linear16", "sample_rate": self.caller_hz, "interim_results": "true"}
        return f"{url}?{urlencode(asked)}", {"Authorization": f"Token {key}"}

    def audio(self, pcm: bytes) -> bytes:
        return pcm

    def hear(self, payload: bytes) -> Iterator[Heard]:
        match _object(payload):
            case {
                "type": "Results",
                "start": start,
                "duration": lasts,
                "channel": {"alternatives": [best, *_]},
                **rest,
            }:
                yield Transcribed(str(best["transcript"]), start, start + lasts, bool(rest.get("is_final")))
            case {"type": "Error", **error}:
                yield Complained(str(error.get("variant", error.get("code", ""))), str(error.get("description", "")))


DIALECTS: Mapping[str, type[Dialect]] = {
    "openai-realtime": OpenAIRealtime,
    "gemini-live": GeminiLive,
    "deepgram": Deepgram,
}
