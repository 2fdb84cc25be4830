"""A message as its vendor frames it, made of what observers were told of it and of the audio that they were not told."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.base.protocol import Vendor

__all__ = ["payload"]

DEEPGRAM_AUDIO = "Audio"
"""As that mock calls its frames of audio. It is not imported for this: where another vendor is replayed, nobody needs it."""


def payload(vendor: Vendor, name: str, body: Mapping[str, Any], pcm: bytes) -> str | bytes:
    """The frame's payload. Audio is 16-bit PCM, as the mocks speak where nobody asks for another format."""
    if vendor.name == "deepgram" and name == DEEPGRAM_AUDIO:
        return pcm
    return vendor.encode(_MESSAGES[vendor.name](name, body, pcm))


def _flat(name: str, body: Mapping[str, Any], pcm: bytes) -> Mapping[str, Any]:
    """Deepgram's: what is told is the message."""
    return body


def _with_delta(name: str, body: Mapping[str, Any], pcm: bytes) -> Mapping[str, Any]:
    """OpenAI's: audio is the field `delta`."""
    return {**body, "delta": _base64(pcm)} if pcm else body


def _in_its_envelope(name: str, body: Mapping[str, Any], pcm: bytes) -> Mapping[str, Any]:
    """Gemini's: the fields stand below the name, with `usageMetadata` beside them; audio is the data of a part."""
    if name in body:
        # A message that a fault has sent out of turn is told whole.
        return body
    if name == "usageMetadata":
        return {name: body}
    fields = {key: value for key, value in body.items() if key != "usageMetadata"}
    match fields:
        case {"modelTurn": {"parts": [*parts], **turn}} if pcm:
            fields["modelTurn"] = {**turn, "parts": [_with_data(part, pcm) for part in parts]}
    beside = {"usageMetadata": body["usageMetadata"]} if "usageMetadata" in body else {}
    return {name: fields, **beside}


def _with_data(part: Any, pcm: bytes) -> Any:
    match part:
        case {"inlineData": {**blob}, **others}:
            return {**others, "inlineData": {**blob, "data": _base64(pcm)}}
    return part


def _base64(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


_MESSAGES: Mapping[str, Callable[[str, Mapping[str, Any], bytes], Mapping[str, Any]]] = {
    "deepgram": _flat,
    "openai-realtime": _with_delta,
    "gemini-live": _in_its_envelope,
}
