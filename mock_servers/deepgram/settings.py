"""Every knob of the Deepgram mock; the defaults are what the service is known, or believed, to do."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where nobody knows what the service does, a setting switches between what it may do; `mock_servers/README.md` says
    which those are. 0 stands for "never" or "none" wherever that makes sense.

    Raises:
        ValueError: If a value is out of its range; the message names it.
    """

    # ── patience ─────────────────────────────────────────────────────────────

    idle_s: float = 12.0
    """Seconds without a frame from the client until /v1/listen hangs up with NET-0001. Documented as 10, seen as about 12."""

    first_text_s: float = 30.0
    """Seconds until /v1/listen hangs up with NET-0000 if it had nothing to say so far."""

    flux_idle_s: float = 0.0
    """Seconds without a frame until /v2/listen fails with NET-0001; 0 for never. Unverified."""

    listen_session_s: float = 0.0
    """The longest life of a connection that listens; 0 for no limit. Unverified."""

    speak_session_s: float = 3600.0
    """The longest life of a connection that speaks."""

    ping_interval_s: float = 0.0
    """Seconds between the server's own pings; 0 sends none. Unverified."""

    unparsable_text_is_life: bool = True
    """Whether a text that cannot be read holds off NET-0001. Unverified."""

    # ── pace ─────────────────────────────────────────────────────────────────

    speed_max: float = 1.25
    """Seconds of audio worked on in a second; what comes faster waits in the client's socket."""

    burst_s: float = 1.0
    """Seconds of audio that may come at once without waiting."""

    backlog_s_max: float = 0.0
    """Seconds of audio that may wait before the connection is closed with 1008; 0 for any. Unverified: throttling is not
    known to end in a close."""

    late_finals_s: float = 0.0
    """Seconds by which final results, and all that follows them, come late."""

    # ── audio ────────────────────────────────────────────────────────────────

    undecodable: Literal["silence", "1008"] = "silence"
    """How audio that cannot be decoded ends: Metadata of duration 0 and a plain 1000, or 1008 as documented."""

    undecodable_after_s: float = 9.4
    """When `silence` ends, in seconds from the connection's opening."""

    undecodable_reason: str = "DATA-0000"
    """The reason of that 1008; its full text is unverified."""

    empty_frame_closes: bool = True
    """Whether an empty binary frame means CloseStream: deprecated in 2022, and documented to this day."""

    sha256: Literal["incomplete", "digest"] = "incomplete"
    """What Metadata has for `sha256`: the word that the service sends since 2025, or the digest of the audio received."""

    # ── texts ────────────────────────────────────────────────────────────────

    empty_finalize: Literal["nothing", "final"] = "nothing"
    """What answers a Finalize when nothing is buffered: nothing, or an empty final."""

    finalize_unanswered_chance: float = 0.0
    """How often a Finalize gets no final of its own, from 0 to 1: users saw it happen (pipecat#1054), nobody knows when."""

    speech_started_late_chance: float = 0.0
    """How often SpeechStarted comes behind the first result of its speech, from 0 to 1: the service promises no order."""

    sync_finalizes: bool = False
    """Whether `Sync`, which the parser of /v1/listen takes, means Finalize. Unverified."""

    non_json_description: str = ""
    """How /v1/listen describes a text that is no JSON, after "Could not deserialize last text message: "; empty for the
    words of the parser that it seems to use. Unverified."""

    # ── queries and keys ─────────────────────────────────────────────────────

    key_before_query: bool = False
    """Whether a wrong key is told before a wrong query. Unverified for listening; speech tells the query first."""

    utterance_end_needs_interims: bool = True
    """Whether `utterance_end_ms` without `interim_results` is refused. Unverified."""

    encoding_needs_sample_rate: bool = True
    """Whether `encoding` and `sample_rate` without each other are refused; if not, audio is taken for a container.
    Unverified."""

    forbidden_models: str = ""
    """Models that are refused with 403, with commas between them."""

    query_tokens: bool = False
    """Whether a key may stand in the query, as `token` or `access_token`. Unverified."""

    token_ttl_s: float = 30.0
    """Life of a temporary token whose request does not say."""

    # ── room ─────────────────────────────────────────────────────────────────

    concurrent_max: int = 50
    """Connections that listen, at one time; published numbers have moved between 50 and 150."""

    concurrent_speak_max: int = 45
    """Connections that speak, at one time."""

    stale_slot_s: float = 0.0
    """Seconds for which a connection that was not closed in order still counts. Unverified."""

    retry_after_s: int = 0
    """The `Retry-After` of 429 and 503; 0 for none. Unverified."""

    # ── Flux, listening ──────────────────────────────────────────────────────

    end_of_turn_half_s: float = 0.15
    """Silence after which the end of a turn is as likely as not. With it the default threshold of 0.7 is reached after
    260 ms, the latency that the vendor tells."""

    unknown_message_code: str = "UNPARSABLE_CLIENT_MESSAGE"
    """The code of the fatal Error that answers a text which /v2/listen does not know. Unverified."""

    close_stream_ends_turn: bool = False
    """Whether CloseStream ends the turn that is going on, rather than telling its last Update. Unverified."""

    # ── speech ───────────────────────────────────────────────────────────────

    first_audio_s: float = 0.2
    """From a request for speech to its first audio."""

    speak_metadata: Literal["opening", "first_audio"] = "opening"
    """When /v1/speak tells its Metadata. Unverified."""

    speak_warning: Literal["observed", "specified"] = "observed"
    """The fields of a Warning of /v1/speak: `warn_code` and `warn_msg`, as seen, or `code` and `description`."""

    characters_per_speak: int = 2_000
    """Characters in one Speak."""

    characters_per_minute: int = 2_400
    """Characters that /v1/speak takes in 60 s."""

    flushes_per_minute: int = 20
    """Flushes that /v1/speak obeys in 60 s; the next one is answered with a Warning."""

    interrupt_drops_pending: bool = False
    """Whether an Interrupt of /v2/speak also drops the turns behind the one that is spoken. Unverified."""

    def __post_init__(self) -> None:
        for knob in fields(self):
            value = getattr(self, knob.name)
            if isinstance(value, int | float) and not 0 <= value < float("inf"):
                raise ValueError(f"{knob.name} must be at least 0, not {value}")
        for name in ("finalize_unanswered_chance", "speech_started_late_chance"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must be at most 1")
        for name in ("speed_max", "end_of_turn_half_s", "concurrent_max", "concurrent_speak_max", "token_ttl_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0")
