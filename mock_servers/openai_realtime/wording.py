"""How an event goes out: with its id, its padding, as JSON; and what observers are told of it."""

from __future__ import annotations

import json
from typing import Any

from mock_servers.base.protocol import Send
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.json_copy import copied

__all__ = ["send", "without_secrets"]

_WRITTEN = json.JSONEncoder(separators=(",", ":"))

PADDED = frozenset(
    {
        "response.output_text.delta",
        "response.output_audio_transcript.delta",
        "response.function_call_arguments.delta",
        "response.mcp_call_arguments.delta",
        "conversation.item.input_audio_transcription.delta",
    }
)
"""Deltas of text, whose length is hidden by `obfuscation` (recorded in July 2026)."""

WITHOUT_ID = "input_audio_buffer.dtmf_event_received"
"""The one event to which the SDK's types give no `event_id`."""


def send(event: Event, ids: Identifiers, now_s: float) -> Send:
    """The text frame of an event, and what observers are told of it."""
    fields = event.fields
    if event.type in PADDED:
        fields = {**fields, "obfuscation": ids.padding(fields["delta"])}
    envelope = {"type": event.type}
    if event.type != WITHOUT_ID:
        of_media = event.type.startswith("output_audio_buffer.")
        envelope["event_id"] = ids.of_media() if of_media else ids.new("event_", now_s)
    body = {**envelope, **fields}
    payload = _WRITTEN.encode(body)
    return Send(name=event.type, payload=payload, body=without_secrets(body), audio=event.audio)


def without_secrets(message: dict[str, Any]) -> dict[str, Any]:
    """What observers are told of a message: no audio, no dates, no keys. A copy, since items and sessions go on changing."""
    told = {name: value for name, value in message.items() if name not in ("audio", "received_at")}
    if told["type"] in ("response.output_audio.delta", "response.audio.delta"):
        del told["delta"]
    if isinstance(told.get("session"), dict):
        told["session"] = _session(told["session"])
    item = told.get("item")
    if isinstance(item, dict) and isinstance(item.get("content"), list):
        parts = [
            {name: value for name, value in part.items() if name != "audio"} if isinstance(part, dict) else part
            for part in item["content"]
        ]
        told["item"] = {**item, "content": parts}
    return copied(told)


def _session(session: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in session.items() if name not in ("expires_at", "client_secret")}
    if isinstance(told.get("tools"), list):
        # A tool that the server runs comes with the user's own credentials.
        told["tools"] = [
            {name: value for name, value in tool.items() if name not in ("authorization", "headers")}
            if isinstance(tool, dict)
            else tool
            for tool in told["tools"]
        ]
    return told
