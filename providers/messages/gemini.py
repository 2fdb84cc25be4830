"""Gemini Live (BidiGenerateContent): client messages, and what its close frames mean.

Source: google-genai 3.4.0, the public proto of v1beta, and recordings in googleapis/js-genai. Errors come as close
frames only, with a reason cut at 123 bytes; so reasons are matched by their beginnings and middles, never by their ends.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from providers.base import SessionConfig
from providers.conversation import Entry, Said
from providers.messages.common import function, judged_by_status
from providers.reconnect import Cause, Limited, Permanent, Verdict

__all__ = [
    "KNOWN", "OUTPUT_RATE_HZ", "audio_input", "history", "judge", "output_rate_hz", "refuses_handle", "setup", "text_turn",
    "tool_response",
]  # fmt: skip

OUTPUT_RATE_HZ = 24000
EXHAUSTED_S = 30.0
"""How long to leave a server alone that has no capacity to give; it never says itself."""

KNOWN = frozenset({
    "goAway", "serverContent", "sessionResumptionUpdate", "setupComplete", "toolCall", "toolCallCancellation",
    "usageMetadata", "voiceActivity", "voiceActivityDetectionSignal",
})  # fmt: skip

_FATAL = re.compile(
    r"API key|unregistered callers|authentication credentials|leaked|location is not supported"
    r"|is not found for API version|^\* BidiGenerateContentRequest|exceeded your current quota"
)
_EXHAUSTED = re.compile(r"exhausted", re.IGNORECASE)
_DEAD_HANDLE = re.compile(r"session not found|entity was not found|Invalid session handle")
_RATE = re.compile(r"rate=(\d+)")


def setup(config: SessionConfig, *, model: str, handle: str | None, seeds_history: bool) -> str:
    """The first message: the whole configuration, and the session to go on with, if there is one."""
    wanted = config.metadata
    generation: dict[str, Any] = {
        "responseModalities": list(wanted.get("response_modalities", ["AUDIO"])),
        "temperature": config.temperature,
    }
    if config.max_tokens is not None:
        generation["maxOutputTokens"] = config.max_tokens
    if "voice" in wanted:
        generation["speechConfig"] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": wanted["voice"]}}}
    body: dict[str, Any] = {
        "model": model if model.startswith(("models/", "tunedModels/")) else f"models/{model}",
        "generationConfig": generation,
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        # Without it a session ends for good after 15 minutes of audio.
        "contextWindowCompression": {"slidingWindow": {}},
        "sessionResumption": {} if handle is None else {"handle": handle},
    }
    if config.system_prompt is not None:
        body["systemInstruction"] = {"parts": [{"text": config.system_prompt}], "role": "user"}
    if config.tools:
        body["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in config.tools]}]
    if "turn_detection" in wanted:
        body["realtimeInputConfig"] = wanted["turn_detection"]
    if seeds_history and _takes_history_only_as_seed(model):
        body["historyConfig"] = {"initialHistoryInClientContent": True}
    return json.dumps({"setup": body})


def audio_input(audio: bytes, *, rate_hz: int) -> str:
    blob = {"mimeType": f"audio/pcm;rate={rate_hz}", "data": base64.b64encode(audio).decode("ascii")}
    return json.dumps({"realtimeInput": {"audio": blob}})


def text_turn(text: str, *, model: str) -> str:
    """What the caller types. Models from 3 on close with 1007 on client content in the middle of a session."""
    if _takes_history_only_as_seed(model):
        return json.dumps({"realtimeInput": {"text": text}})
    return json.dumps({"clientContent": {"turns": [_turn("user", text)], "turnComplete": True}})


def history(entries: tuple[Entry, ...], *, wants_answer: bool) -> str | None:
    """What was said so far, for a new session; None if nothing was. It must not follow a resumption (livekit#5985)."""
    turns = [
        _turn("model" if said.role == "assistant" else "user", said.text) for said in entries if isinstance(said, Said)
    ]
    if not turns:
        return None
    return json.dumps({"clientContent": {"turns": turns, "turnComplete": wants_answer}})


def tool_response(call_id: str, name: str, result: Any) -> str:
    response = result if isinstance(result, Mapping) else {"output": result}
    return json.dumps(
        {"toolResponse": {"functionResponses": [{"id": call_id, "name": name, "response": dict(response)}]}}
    )


def output_rate_hz(mime_type: str) -> int:
    """The sample rate in `audio/pcm;rate=24000`; Vertex leaves it out."""
    rate = _RATE.search(mime_type)
    return int(rate.group(1)) if rate else OUTPUT_RATE_HZ


def judge(cause: Cause) -> Verdict:
    """What a loss or a refusal means. One code has up to five meanings, so the words decide."""
    if _FATAL.search(cause.close_reason):
        return Permanent()
    if _EXHAUSTED.search(cause.close_reason):
        return Limited(EXHAUSTED_S)
    return judged_by_status(cause)


def refuses_handle(cause: Cause) -> bool:
    """Whether the server does not know the session that it was to go on with, or not any more."""
    return cause.close_code == 1007 or bool(_DEAD_HANDLE.search(cause.close_reason))


def _takes_history_only_as_seed(model: str) -> bool:
    return "gemini-3" in model


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def _declaration(tool: Mapping[str, Any]) -> dict[str, Any]:
    name, description, parameters = function(tool)
    return {"name": name, "description": description, "parameters": _schema(parameters)}


def _schema(node: Any) -> Any:
    """JSON Schema as the API's own Schema writes it: the names of types in capitals."""
    if isinstance(node, Mapping):
        return {
            key: value.upper() if key == "type" and isinstance(value, str) else _schema(value)
            for key, value in node.items()
            if key != "additionalProperties"
        }
    return [_schema(item) for item in node] if isinstance(node, (list, tuple)) else node
