"""What Gemini says: its messages, and the frames they travel in.

Frames are binary and hold JSON as Google's servers print it, indented by two spaces, with a line feed at the end;
fields are lowerCamelCase and those with their default value are left out. Sources: googleapis/js-genai@6e9b35c4,
test/system/recordings/live_*.websocket.log (the bytes); generative_service.proto v1beta (the order and the meaning).
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from mock_servers.base.protocol import Catalogue

__all__ = [
    "CATALOGUE", "audio_part", "duration", "encode", "go_away", "name_of", "resumption_update", "server_content",
    "setup_complete", "text_part", "told", "tool_call", "tool_call_cancellation", "vad_signal", "voice_activity",
]  # fmt: skip

_quoted = json.JSONEncoder(ensure_ascii=False).encode
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_quoted_name = functools.lru_cache(maxsize=512)(_quoted)

CATALOGUE = Catalogue(
    server=frozenset(
        {
            "setupComplete", "serverContent", "toolCall", "toolCallCancellation", "goAway", "sessionResumptionUpdate",
            "usageMetadata", "voiceActivity", "voiceActivityDetectionSignal", "generateContent", "streamGenerateContent",
        }
    ),
    client=frozenset(
        {
            "setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate",
            "generateContent", "streamGenerateContent",
        }
    ),
)  # fmt: skip


def encode(message: Mapping[str, Any], *, text_frame: bool = False, compact: bool = False) -> str | bytes:
    """The frame's payload: `bytes` go out as a binary frame, as Google sends them; `str` as a text frame."""
    written = _compact(message) if compact else _printed(message) + "\n"
    return written if text_frame else written.encode()


def _printed(value: Any, margin: str = "\n") -> str:
    """`json.dumps` with an indentation of two, which the standard library does without its C code, in three times the time."""
    if isinstance(value, str):
        return _quoted(value)
    inner = margin + "  "
    if isinstance(value, Mapping) and value:
        fields = [f"{inner}{_quoted_name(name)}: {_printed(field, inner)}" for name, field in value.items()]
        return "{" + ",".join(fields) + margin + "}"
    if isinstance(value, list) and value:
        return "[" + ",".join([inner + _printed(element, inner) for element in value]) + margin + "]"
    return _quoted(value)


def name_of(message: Mapping[str, Any]) -> str:
    """The message's name: its only key, or the one that `usageMetadata` rides along with."""
    for key in message:
        if key != "usageMetadata":
            return key
    return "usageMetadata"


def told(message: Mapping[str, Any]) -> dict[str, Any]:
    """What observers learn of a message: the fields inside its envelope, `usageMetadata` beside them, and no media."""
    name = name_of(message)
    fields = {**message[name]}
    # A signature is as good as the recording of somebody's voice that it stands for.
    fields.pop("voiceConsentSignature", None)
    if "usageMetadata" in message and name != "usageMetadata":
        fields["usageMetadata"] = message["usageMetadata"]
    if "modelTurn" in fields:
        fields["modelTurn"] = {**fields["modelTurn"], "parts": [_without_data(p) for p in fields["modelTurn"]["parts"]]}
    return fields


def _without_data(part: Mapping[str, Any]) -> dict[str, Any]:
    if "inlineData" not in part:
        return {**part}
    return {**part, "inlineData": {"mimeType": part["inlineData"]["mimeType"]}}


def setup_complete(*, session_id: str = "", voice_consent: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"sessionId": session_id} if session_id else {}
    if voice_consent:
        told["voiceConsentSignature"] = {"signature": voice_consent}
    return {"setupComplete": told}


def server_content(*, usage: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"serverContent": fields}
    if usage is not None:
        message["usageMetadata"] = usage
    return message


def audio_part(pcm: bytes, mime_type: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(pcm).decode()}}


def text_part(text: str) -> dict[str, Any]:
    return {"text": text}


def tool_call(call_id: str, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    return {"toolCall": {"functionCalls": [{"id": call_id, "name": name, "args": dict(args)}]}}


def tool_call_cancellation(ids: Iterable[str]) -> dict[str, Any]:
    return {"toolCallCancellation": {"ids": list(ids)}}


def resumption_update(handle: str = "", *, consumed: int | None = None) -> dict[str, Any]:
    """Without a handle the session cannot be resumed now: both fields have their defaults, so neither is written.

    Args:
        consumed: The index of the last client message that the handle reaches to; an int64, and so a string in JSON.
    """
    told: dict[str, Any] = {"newHandle": handle, "resumable": True} if handle else {}
    if consumed:
        told["lastConsumedClientMessageIndex"] = str(consumed)
    return {"sessionResumptionUpdate": told}


def voice_activity(kind: str, at_audio_s: float) -> dict[str, Any]:
    """`kind` is `ACTIVITY_START` or `ACTIVITY_END`; the offset counts from the beginning of the caller's audio."""
    return {"voiceActivity": {"type": kind, "audioOffset": duration(round(at_audio_s, 6))}}


def vad_signal(kind: str) -> dict[str, Any]:
    """`kind` is `VAD_SIGNAL_TYPE_SOS` (start of speech) or `VAD_SIGNAL_TYPE_EOS` (its end)."""
    return {"voiceActivityDetectionSignal": {"vadSignalType": kind}}


def go_away(time_left_s: float) -> dict[str, Any]:
    return {"goAway": {"timeLeft": duration(time_left_s)}}


def duration(seconds: float) -> str:
    """Protobuf's JSON form of a duration: seconds with 0, 3, 6 or 9 decimals, such as `50s` and `0.500s`."""
    whole, nanoseconds = divmod(round(max(seconds, 0.0) * 1e9), 10**9)
    if nanoseconds == 0:
        return f"{whole}s"
    if nanoseconds % 10**6 == 0:
        return f"{whole}.{nanoseconds // 10**6:03}s"
    if nanoseconds % 10**3 == 0:
        return f"{whole}.{nanoseconds // 10**3:06}s"
    return f"{whole}.{nanoseconds:09}s"
