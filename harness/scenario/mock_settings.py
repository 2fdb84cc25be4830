"""What can be set in each provider's mock: `server: {settings: {…}}`, by the mock's own names.

The mocks are strangers here, so the names and what they take are written down once more, and a test holds them equal to
each mock's `settings.py`. What they mean, and their defaults: `deadair serve PROVIDER --list-settings`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenario.catalogue import PROVIDERS
from harness.scenario.model import ProviderName
from harness.scenario.reading import Reader, Reading, Unread, boolean, choice, decimal, nearest, text, whole
from harness.scenario.source import Node, Table

__all__ = ["SETTINGS", "WHOLE_MAX", "Kind", "Value", "mock_settings"]

Kind = type[bool] | type[int] | type[float] | type[str] | tuple[str, ...]
"""What a setting takes: a number, a text, true or false, or one of these words."""

Value = bool | int | float | str

SETTINGS: Mapping[ProviderName, Mapping[str, Kind]] = {
    "gemini-live": {
        "time_scale": float,
        "connection_s": float,
        "go_away_lead_s": float,
        "grace_s": float,
        "connection_end": ("by-service", "aborted", "deadline", "cancelled", "empty", "silent"),
        "session_cap_s": float,
        "video_cap_s": float,
        "connection_cap_s": float,
        "after_connection_cap": ("resumed", "refused-once"),
        "handle_ttl_s": float,
        "handles": ("sound", "mute", "fatal", "rerun"),
        "first_message_index": int,
        "token_ttl_s": float,
        "token_session_ttl_s": float,
        "model": ("by-name", "2.5", "3.1", "3.8", "3.8-extended-thinking", "live-translate"),
        "setup_s": float,
        "before_setup_complete": ("queued", "refused"),
        "key_checked_after_s": float,
        "unknown_fields": ("refused", "ignored"),
        "activity_signals": ("refused", "ignored"),
        "audio_during_call": ("heard", "refused"),
        "speaks_after_call": bool,
        "interrupts_thought": bool,
        "late_interruption_s": float,
        "vad_signal": bool,
        "reasoning_s": float,
        "audio_pace": float,
        "jitter_s": float,
        "transcript_lag_s": float,
        "context_tokens": int,
        "compresses": bool,
        "text_frames": bool,
        "compact_json": bool,
    },
    "openai-realtime": {
        "session_cap_s": float,
        "ping_interval_s": float,
        "compresses": bool,
        "message_bytes_max": int,
        "append_limit": ("base64", "decoded"),
        "api_keys": str,
        "powerless_keys": str,
        "auth_failure": ("in-band", "http"),
        "gone_models": str,
        "quota_close_code": int,
        "beta": ("refused", "served"),
        "ringing_call_id": str,
        "call_speech_s": float,
        "call_keys": str,
        "processing_s": float,
        "speedup": float,
        "audio_delta_ms": int,
        "word_jitter_s": float,
        "commentary": ("second-generation", "always", "never"),
        "content_filter_word": str,
        "response_failures": float,
        "closes_cancelled_items": bool,
        "context_tokens_max": int,
        "truncate_beyond_code": str,
        "rate_limit_tokens": int,
        "rate_limits_after_failure": bool,
        "transcription_lag_s": float,
        "transcription_jitter_s": float,
        "transcription_failures": float,
        "mcp_tools": str,
        "mcp_broken_tools": str,
        "announced": bool,
    },
    "deepgram": {
        "idle_s": float,
        "first_text_s": float,
        "flux_idle_s": float,
        "listen_session_s": float,
        "speak_session_s": float,
        "ping_interval_s": float,
        "unparsable_text_is_life": bool,
        "speed_max": float,
        "burst_s": float,
        "backlog_s_max": float,
        "late_finals_s": float,
        "undecodable": ("silence", "1008"),
        "undecodable_after_s": float,
        "undecodable_reason": str,
        "empty_frame_closes": bool,
        "sha256": ("incomplete", "digest"),
        "empty_finalize": ("nothing", "final"),
        "finalize_unanswered_chance": float,
        "speech_started_late_chance": float,
        "sync_finalizes": bool,
        "non_json_description": str,
        "key_before_query": bool,
        "utterance_end_needs_interims": bool,
        "encoding_needs_sample_rate": bool,
        "forbidden_models": str,
        "query_tokens": bool,
        "token_ttl_s": float,
        "concurrent_max": int,
        "concurrent_speak_max": int,
        "stale_slot_s": float,
        "retry_after_s": int,
        "end_of_turn_half_s": float,
        "unknown_message_code": str,
        "close_stream_ends_turn": bool,
        "first_audio_s": float,
        "speak_metadata": ("opening", "first_audio"),
        "speak_warning": ("observed", "specified"),
        "characters_per_speak": int,
        "characters_per_minute": int,
        "flushes_per_minute": int,
        "interrupt_drops_pending": bool,
    },
}

WHOLE_MAX = 2**53
"""More than any size in bytes, and exact in every JSON reader."""


def mock_settings(node: Node, reading: Reading) -> dict[str, Value]:
    """Settings by name, each with a value that it takes; a number is in the unit that the name ends with."""
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "'settings' is written as fields", "for example {session_cap_s: 90}")
    there = SETTINGS[reading.provider] if reading.provider is not None else _of_any()
    found: dict[str, Value] = {}
    unread = False
    for entry in node.entries:
        name = entry.key.text
        try:
            if name not in there:
                what = f"{reading.provider or 'no provider'} has no setting '{name}'"
                raise reading.wrong(entry.key.place, what, nearest(name, there), _takes(there))
            found[name] = _reader(there[name])(entry.value, reading)
        except Unread:
            unread = True
    if unread:
        raise Unread
    return found


def _of_any() -> Mapping[str, Kind]:
    return {name: kind for provider in PROVIDERS for name, kind in SETTINGS[provider].items()}


def _reader(kind: Kind) -> Reader[Value]:
    if isinstance(kind, tuple):
        return choice(*kind)
    readers: dict[Kind, Reader[Value]] = {bool: boolean, int: whole(0, WHOLE_MAX), float: decimal(0.0), str: text}
    return readers[kind]


def _takes(there: Mapping[str, Kind]) -> str:
    return f"Its mock has: {', '.join(there)}." if there else "Its mock has none."
