"""Every knob of this mock. Each default is what OpenAI has been seen to do, or the nearest guess to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an OpenAI Realtime mock.

    Raises:
        ValueError: If a value is out of its range; the message names it.
    """

    # The connection.

    session_cap_s: float = 3600.0
    """The life of a session; 60 minutes, measured on an idle one (probe notes of 2026)."""

    ping_interval_s: float = 20.3
    """Between the server's pings (capture of 2026-09-18); 0 sends none."""

    compresses: bool = True
    """Whether permessage-deflate is agreed to where a client offers it, as OpenAI does (a client's captured log of 2025 and
    2026); openai 2.54 and older offer it."""

    message_bytes_max: int = 16 * 1024 * 1024
    """A longer client message is answered with 1009 (UNVERIFIED; seen on a sibling at 16 to 20 MB). At most 16 MiB."""

    append_limit: Literal["base64", "decoded"] = "base64"
    """Whether the 15 MiB of an append are counted as base64 or as decoded bytes (UNVERIFIED)."""

    # Who is let in.

    api_keys: str = ""
    """The keys that are good, with spaces between them; empty takes every key, but for `invalid` and `sk-invalid…`."""

    powerless_keys: str = ""
    """Keys without the permission for Realtime: `insufficient_permissions`, 3000 (UNVERIFIED)."""

    auth_failure: Literal["in-band", "http"] = "in-band"
    """A bad key is refused behind the 101 with 3000, as OpenAI does (captures of 2026), or with HTTP 401, as gateways
    do."""

    gone_models: str = ""
    """Realtime models that are no more, with spaces between them: `model_not_found`, 4004 (UNVERIFIED)."""

    quota_close_code: int = 3000
    """The close behind `insufficient_quota` (UNVERIFIED)."""

    beta: Literal["refused", "served"] = "refused"
    """The beta shape is refused with 4000, as since May 2026, or served to the clients that ask for it."""

    # Calls, which a client joins with `?call_id=`.

    ringing_call_id: str = "rtc_ringing"
    """A SIP call that rings from the start, to be accepted over REST; all others are made over REST."""

    call_speech_s: float = 2.0
    """The caller of a call is the mock's own, and speaks so long; 0 keeps them silent."""

    call_keys: str = "1#"
    """The keys that the caller of a SIP call presses."""

    # Responses.

    processing_s: float = 0.03
    """From a client's event to what it does to a response: its `response.created`, or its end after a cancel. Until
    then, deltas still come. That it is not 0 is known (livekit/agents#6244), how much it is is not."""

    speedup: float = 4.0
    """How much faster than it lasts audio is sent (that it is faster: SDK docs; by how much: UNVERIFIED)."""

    audio_delta_ms: int = 100
    """How much audio is in a delta, 10 to 1000 (UNVERIFIED: recordings shorten them)."""

    word_jitter_s: float = 0.01
    """Words of a response come up to so much later than evenly spaced."""

    commentary: Literal["second-generation", "always", "never"] = "second-generation"
    """Who says some words before a tool is called, as an item of its own with `phase: commentary`: models of the
    second generation (pipecat-ai/pipecat#4465), all, or none."""

    content_filter_word: str = ""
    """A response to a turn with this word is cut off by the content filter; empty filters nothing."""

    response_failures: float = 0.0
    """The share of responses that fail with a `server_error`, 0 to 1, drawn for each."""

    closes_cancelled_items: bool = True
    """Whether what was open is closed with its `.done` events before a cancelled `response.done` (SDK docs; UNVERIFIED
    for GA)."""

    context_tokens_max: int = 28_224
    """What a response reads at most; above it, the oldest items are left out (SDK docs)."""

    truncate_beyond_code: str = "invalid_value"
    """The code of a truncation beyond the audio; empty is null, as in 2024 (UNVERIFIED)."""

    rate_limit_tokens: int = 15_000_000
    """Tokens a minute for the whole organisation (recorded in July 2026)."""

    rate_limits_after_failure: bool = True
    """Whether `rate_limits.updated` also follows a cancelled or failed response (UNVERIFIED)."""

    # What the caller said, in writing.

    transcription_lag_s: float = 0.1
    """From the commit to the first words of the transcript."""

    transcription_jitter_s: float = 1.5
    """That lag is up to so much longer, so that transcripts fall before, among and behind the events of a response."""

    transcription_failures: float = 0.0
    """The share of transcriptions that fail, 0 to 1."""

    # Tools that the server runs.

    mcp_tools: str = "search fetch"
    """The tools that every MCP server has, with spaces between them."""

    mcp_broken_tools: str = "explode"
    """More of them, each run of which fails."""

    # What only types know.

    announced: bool = False
    """Whether `conversation.created` and `conversation.item.created` are sent, which the SDK's types have and no
    recording of 2026 shows (UNVERIFIED)."""

    def __post_init__(self) -> None:
        if not 10 <= self.audio_delta_ms <= 1000:
            raise ValueError(f"audio_delta_ms must be between 10 and 1000, not {self.audio_delta_ms}")
        if not self.speedup > 0:
            raise ValueError(f"speedup must be more than 0, not {self.speedup}")
        for name in ("response_failures", "transcription_failures"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")
        if not 1 <= self.message_bytes_max <= 16 * 1024 * 1024:
            raise ValueError(f"message_bytes_max must be between 1 and 16 MiB, not {self.message_bytes_max}")
        if not self.session_cap_s > 0:
            raise ValueError(f"session_cap_s must be more than 0, not {self.session_cap_s}")
        if self.rate_limit_tokens < 1:
            raise ValueError(f"rate_limit_tokens must be at least 1, not {self.rate_limit_tokens}")
        if not 3000 <= self.quota_close_code <= 4999:
            raise ValueError(f"quota_close_code must be between 3000 and 4999, not {self.quota_close_code}")
