"""The events that a scenario may name: which exist, for which provider, and which fields they carry.

Message names are the vendors' own, and only those of interfaces that are played: names of OpenAI's beta (switched off in
May 2026) would wait for ever. OpenAI: the 46 server and 11 client events of the GA interface
(openai 3.54.0, `types/realtime/realtime_server_event.py`), and two client events that the service itself lists. Gemini:
the keys of Live's envelopes (google-genai 3.4.0, `types.py`). Deepgram: the `type`s of listen and speak, v1
and v2 (deepgram-sdk 7.17.0); `Media` is a frame of the caller's audio, `speak`, `listen`, `grant` and `generateContent` are
REST calls.
"""

from __future__ import annotations

import functools
from typing import get_args

from harness.scenario.model import ProviderName

__all__ = [
    "CLIENT_MESSAGES", "ERROR_CODES", "FAILURE_CODES", "FIELDS", "PROVIDERS", "SERVER_MESSAGES", "closed_fields", "events", "who_else",
]  # fmt: skip

PROVIDERS: tuple[ProviderName, ...] = get_args(ProviderName)

FIELDS: dict[str, tuple[str, ...]] = {
    "connection.reconnecting": (
        "attempt", "max_attempts", "backoff_delay", "component", "buffered_audio_chunks", "rate_limit_wait",
    ),
    "connection.reconnected": ("attempts", "component"),
    "connection.failed": ("attempts", "reason", "component"),
    "session.created": (),
    "session.updated": (),
    "audio.output": ("audio", "format", "sample_rate"),
    "text.output": ("text", "role"),
    "transcription": ("text",),
    "speech.started": (),
    "speech.stopped": (),
    "turn.started": (),
    "turn.completed": (),
    "function_call": ("call_id", "name", "arguments"),
    "function_call.cancelled": ("call_id",),
    "error": (),
    "wire.attempt": ("endpoint",),
    "wire.refused": ("status", "retry_after_us", "key"),
    "wire.open": ("path", "query", "key"),
    "wire.ready": ("resumed",),
    "wire.closed": ("code", "reason", "by", "account"),
    "wire.reset": ("by", "account"),
    "wire.abandoned": (),
    "run.state": ("state",),
    "run.connecting": (),
    "run.connected": (),
    "run.connect_failed": ("error",),
    "run.disconnecting": (),
    "run.disconnected": (),
    "run.disconnect_failed": ("error",),
    "run.send_failed": ("error", "count"),
    "run.unhandled": ("error",),
    "run.stream_ended": ("error",),
    "caller.speaking": ("audio",),
    "caller.paused": ("audio",),
}  # fmt: skip
"""The events that are the same for every provider, with the fields that they are known to carry."""

_OPENAI_SERVER = (
    "error",
    "session.created", "session.updated",
    "conversation.created", "conversation.item.added", "conversation.item.done", "conversation.item.created",
    "conversation.item.retrieved", "conversation.item.deleted", "conversation.item.truncated",
    "conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed", "conversation.item.input_audio_transcription.segment",
    "input_audio_buffer.committed", "input_audio_buffer.cleared", "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped", "input_audio_buffer.timeout_triggered",
    "input_audio_buffer.dtmf_event_received",
    "response.created", "response.done",
    "response.output_item.added", "response.output_item.done",
    "response.content_part.added", "response.content_part.done",
    "response.output_text.delta", "response.output_text.done",
    "response.output_audio.delta", "response.output_audio.done",
    "response.output_audio_transcript.delta", "response.output_audio_transcript.done",
    "response.function_call_arguments.delta", "response.function_call_arguments.done",
    "rate_limits.updated",
    "output_audio_buffer.started", "output_audio_buffer.stopped", "output_audio_buffer.cleared",
    "mcp_list_tools.in_progress", "mcp_list_tools.completed", "mcp_list_tools.failed",
    "response.mcp_call.in_progress", "response.mcp_call.completed", "response.mcp_call.failed",
    "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done",
)  # fmt: skip

_OPENAI_CLIENT = (
    "session.update",
    "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear",
    "conversation.item.create", "conversation.item.retrieve", "conversation.item.delete", "conversation.item.truncate",
    "response.create", "response.cancel",
    "output_audio_buffer.clear",
    "session.close", "session.input_audio_buffer.append",
)  # fmt: skip

SERVER_MESSAGES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": (
        "setupComplete", "serverContent", "toolCall", "toolCallCancellation", "goAway", "sessionResumptionUpdate",
        "usageMetadata", "voiceActivity", "voiceActivityDetectionSignal", "generateContent", "streamGenerateContent",
    ),
    "openai-realtime": _OPENAI_SERVER,
    "deepgram": (
        "Results", "Metadata", "SpeechStarted", "UtteranceEnd", "Error", "ConfigureSuccess", "ConfigureFailure",
        "Flushed", "Cleared", "Warning", "Audio", "Connected", "TurnInfo", "SpeechMetadata", "SpeechInterrupted",
        "SessionMetadata", "speak", "listen", "grant", "generateContent", "streamGenerateContent",
    ),
}  # fmt: skip

CLIENT_MESSAGES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": (
        "setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate", "generateContent",
        "streamGenerateContent",
    ),
    "openai-realtime": _OPENAI_CLIENT,
    "deepgram": (
        "Media", "KeepAlive", "Finalize", "CloseStream", "Configure", "Sync", "Speak", "Flush", "Clear", "Close",
        "ForceEndTurn", "Interrupt", "speak", "listen", "grant", "generateContent", "streamGenerateContent",
    ),
}  # fmt: skip


_GRPC = (
    "INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "UNIMPLEMENTED",
    "ABORTED", "INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED",
)  # fmt: skip

ERROR_CODES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": _GRPC,
    "deepgram": ("net0000", "net0001", "DATA-0000", "SchemaError"),
}
"""The codes of errors inside a session, where there are only these: Gemini's are gRPC statuses, each its own close frame;
Deepgram's are those of listen. OpenAI tells its errors as events, with any code."""

FAILURE_CODES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": (
        *_GRPC,
        "MALFORMED_FUNCTION_CALL", "RESPONSE_REJECTED", "NEED_MORE_INPUT", "PROHIBITED_INPUT_CONTENT",
        "IMAGE_PROHIBITED_INPUT_CONTENT", "INPUT_TEXT_CONTAIN_PROMINENT_PERSON_PROHIBITED", "INPUT_IMAGE_CELEBRITY",
        "INPUT_IMAGE_PHOTO_REALISTIC_CHILD_PROHIBITED", "INPUT_TEXT_NCII_PROHIBITED", "INPUT_OTHER",
        "INPUT_IP_PROHIBITED", "BLOCKLIST", "UNSAFE_PROMPT_FOR_IMAGE_GENERATION", "GENERATED_IMAGE_SAFETY",
        "GENERATED_CONTENT_SAFETY", "GENERATED_AUDIO_SAFETY", "GENERATED_VIDEO_SAFETY", "GENERATED_CONTENT_PROHIBITED",
        "GENERATED_CONTENT_BLOCKLIST", "GENERATED_IMAGE_PROHIBITED", "GENERATED_IMAGE_CELEBRITY",
        "GENERATED_IMAGE_PROMINENT_PEOPLE_DETECTED_BY_REWRITER", "GENERATED_IMAGE_IDENTIFIABLE_PEOPLE",
        "GENERATED_IMAGE_MINORS", "OUTPUT_IMAGE_IP_PROHIBITED", "GENERATED_OTHER", "MAX_REGENERATION_REACHED",
    ),
    "deepgram": tuple(
        f"{call}{how}"
        for call in ("", "speak:", "generateContent:")
        for how in ("server_error", "rate_limit_exceeded", "insufficient_quota", *(str(status) for status in range(400, 600)))
    ),
}  # fmt: skip
"""The codes with which a response fails, where there are only these. Gemini's are gRPC statuses and the reasons why a turn
may be over (google-genai 3.4.0, `types.py`, TurnCompleteReason); in Deepgram's pipeline a response is a REST call."""


@functools.cache
def events(provider: ProviderName | None) -> tuple[str, ...]:
    """Every event of a provider's runs but its faults'; of all providers for None."""
    providers = PROVIDERS if provider is None else (provider,)
    named = dict.fromkeys(FIELDS)
    for name in providers:
        named.update(dict.fromkeys(f"server.{message}" for message in SERVER_MESSAGES[name]))
        named.update(dict.fromkeys(f"client.{message}" for message in CLIENT_MESSAGES[name]))
    return tuple(named)


def who_else(event: str) -> tuple[ProviderName, ...]:
    """The providers that know an event, for a message about one that does not."""
    return tuple(provider for provider in PROVIDERS if event in events(provider))


def closed_fields(event: str) -> bool:
    """Whether an event carries no other fields than `FIELDS` says: what the harness itself tells of wire and run.

    A client may add fields to what it tells, and messages carry what their vendor puts in.
    """
    return event.partition(".")[0] in {"wire", "run", "caller"}
