"""The events that a scenario may name: which exist, for which provider, and which fields they carry.

Message names are the vendors' own. OpenAI: the 46 server and 11 client events of the GA interface (openai 3.54.0,
`types/realtime/realtime_server_event.py`; beta names are refused since May 2026). Gemini: the keys of Live's envelopes
(google-genai 3.4.0, `types.py`). Deepgram: `type`s of listen v1 and v2 and of speak (deepgram-sdk 7.17.0); `Media` is a
frame of the caller's audio, and the two REST calls of the pipeline are `speak` and `generateContent`.
"""

from __future__ import annotations

from typing import get_args

from harness.scenario.model import ProviderName

__all__ = ["CLIENT_MESSAGES", "FIELDS", "PROVIDERS", "SERVER_MESSAGES", "closed_fields", "events", "who_else"]

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
    "wire.refused": ("status", "retry_after_us"),
    "wire.open": ("path", "query"),
    "wire.ready": ("resumed",),
    "wire.closed": ("code", "reason", "by"),
    "wire.reset": ("by",),
    "wire.abandoned": (),
    "run.state": ("state",),
    "run.connecting": (),
    "run.connected": (),
    "run.connect_failed": ("error",),
    "run.disconnecting": (),
    "run.disconnected": (),
    "run.disconnect_failed": ("error",),
    "run.send_failed": ("error", "count"),
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
)  # fmt: skip

SERVER_MESSAGES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": (
        "setupComplete", "serverContent", "toolCall", "toolCallCancellation", "goAway", "sessionResumptionUpdate",
        "usageMetadata", "voiceActivity", "voiceActivityDetectionSignal",
    ),
    "openai-realtime": _OPENAI_SERVER,
    "deepgram": (
        "Results", "Metadata", "SpeechStarted", "UtteranceEnd", "Error", "ConfigureSuccess", "ConfigureFailure",
        "Connected", "TurnInfo", "Flushed", "Cleared", "Warning", "Audio", "speak", "generateContent",
    ),
}  # fmt: skip

CLIENT_MESSAGES: dict[ProviderName, tuple[str, ...]] = {
    "gemini-live": ("setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate"),
    "openai-realtime": _OPENAI_CLIENT,
    "deepgram": (
        "Media", "KeepAlive", "Finalize", "CloseStream", "Configure", "Sync", "ForceEndTurn", "Speak", "Flush", "Clear",
        "Close", "speak", "generateContent",
    ),
}  # fmt: skip


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
