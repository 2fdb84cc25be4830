"""OpenAI Realtime, the GA protocol: client messages, and what its errors mean.

Source: openai-python 3.54 types/realtime, openai/openai-openapi of 2026-08-21, and live captures by third parties; the
beta protocol was switched off in May 2026.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from providers.base import AudioFormat, SessionConfig
from providers.conversation import Answered, Called, Entry, Said
from providers.messages.common import function, judged_by_status
from providers.reconnect import Cause, Limited, Permanent, Verdict

__all__ = [
    "FATAL_CODES", "IGNORED", "RATE_LIMIT_CODES", "RATE_LIMIT_S", "SESSION_UPDATE_ID", "WIRE_RATE_HZ", "append_audio",
    "create_item", "create_response", "judge", "session_update",
]  # fmt: skip

WIRE_RATE_HZ = 24000
"""`audio/pcm` is mono and has no other rate."""
RATE_LIMIT_S = 60.0
"""After a rate limit that names no time: the longest of the windows that OpenAI counts in, short of a day, is a minute."""
SESSION_UPDATE_ID = "session_update"

FATAL_CODES = frozenset({
    "account_deactivated", "beta_api_shape_disabled", "billing_hard_limit_reached", "insufficient_permissions",
    "insufficient_quota", "invalid_api_key", "invalid_model", "missing_model", "model_not_found",
})  # fmt: skip
"""A server that says one of these accepts each new connection, and says it again."""
FATAL_CLOSES = (3000, 4000)
"""3000 is about the key, 4000 about the request; the close reason is `<error type>.<error code>`."""
RATE_LIMIT_CODES = frozenset({"rate_limit_exceeded", "inference_rate_limit_exceeded"})
"""The second is Azure's."""

IGNORED = frozenset({
    "conversation.created", "conversation.item.added", "conversation.item.created", "conversation.item.deleted",
    "conversation.item.done", "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.failed", "conversation.item.input_audio_transcription.segment",
    "conversation.item.retrieved", "conversation.item.truncated", "input_audio_buffer.cleared",
    "input_audio_buffer.dtmf_event_received", "input_audio_buffer.timeout_triggered", "mcp_list_tools.completed",
    "mcp_list_tools.failed", "mcp_list_tools.in_progress", "output_audio_buffer.cleared", "output_audio_buffer.started",
    "output_audio_buffer.stopped", "rate_limits.updated", "response.content_part.added", "response.content_part.done",
    "response.function_call_arguments.delta", "response.mcp_call.completed", "response.mcp_call.failed",
    "response.mcp_call.in_progress", "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done",
    "response.output_audio.done", "response.output_audio_transcript.delta", "response.output_item.done",
    "response.output_text.delta",
})  # fmt: skip
"""Server events that are known, and of which nothing needs to be told."""

_FORMATS: Mapping[AudioFormat, Mapping[str, Any]] = {
    AudioFormat.PCM16: {"type": "audio/pcm", "rate": WIRE_RATE_HZ},
    AudioFormat.G711_ULAW: {"type": "audio/pcmu"},
    AudioFormat.G711_ALAW: {"type": "audio/pcma"},
}


def session_update(config: SessionConfig) -> str:
    """The whole configuration; the session type is required, and what is left out keeps the server's default.

    There is no temperature: the GA protocol has none.
    """
    wanted = config.metadata
    audio_in: dict[str, Any] = {
        "format": _FORMATS[config.audio_format],
        "transcription": {"model": wanted.get("transcription_model", "gpt-4o-mini-transcribe")},
    }
    if "turn_detection" in wanted:
        audio_in["turn_detection"] = wanted["turn_detection"]
    audio_out: dict[str, Any] = {"format": _FORMATS[config.audio_format]}
    if "voice" in wanted:
        audio_out["voice"] = wanted["voice"]
    session: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": list(wanted.get("response_modalities", ["audio"])),
        "audio": {"input": audio_in, "output": audio_out},
    }
    if config.system_prompt is not None:
        session["instructions"] = config.system_prompt
    if config.max_tokens is not None:
        session["max_output_tokens"] = config.max_tokens
    if config.tools:
        session["tools"] = [_tool(tool) for tool in config.tools]
        session["tool_choice"] = "auto"
    return json.dumps({"type": "session.update", "event_id": SESSION_UPDATE_ID, "session": session})


def append_audio(audio: bytes) -> str:
    return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode("ascii")})


def create_response() -> str:
    return json.dumps({"type": "response.create"})


def create_item(entry: Entry) -> str:
    """A turn as a conversation item. What the assistant said goes in as text: replayed audio is refused."""
    match entry:
        case Said(role="assistant", text=text):
            content = [{"type": "output_text", "text": text}]
            item: dict[str, Any] = {"type": "message", "role": "assistant", "content": content}
        case Said(role=role, text=text):
            item = {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}
        case Called(call_id=call_id, name=name, arguments=arguments):
            item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
        case Answered(call_id=call_id, output=output):
            item = {"type": "function_call_output", "call_id": call_id, "output": output}
    return json.dumps({"type": "conversation.item.create", "item": item})


def judge(cause: Cause) -> Verdict:
    """What a loss or a refusal means."""
    code_in_reason = cause.close_reason.rpartition(".")[2]
    if cause.close_code in FATAL_CLOSES or cause.error_code in FATAL_CODES or code_in_reason in FATAL_CODES:
        return Permanent()
    if cause.error_code in RATE_LIMIT_CODES:
        return Limited(cause.retry_after_s if cause.retry_after_s is not None else RATE_LIMIT_S)
    return judged_by_status(cause, limited_s=RATE_LIMIT_S)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    name, description, parameters = function(tool)
    return {"type": "function", "name": name, "description": description, "parameters": parameters}
