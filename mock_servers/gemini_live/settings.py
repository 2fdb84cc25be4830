"""Everything that can be set about the Gemini Live mock; what nobody sets is as Google has it.

The times are those of generativelanguage.googleapis.com: ai.google.dev/gemini-api/docs/live-session, read 2026-11, and what
users measured (a goAway at 540.5 s with 50 s left, the abort at 591.3 s; 3.8 closed at 58:00, discuss.ai.google.dev 186392).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Settings"]

ConnectionEnd = Literal["by-service", "aborted", "deadline", "cancelled", "empty", "silent"]
Handles = Literal["sound", "mute", "fatal", "rerun"]
Model = Literal["by-name", "2.5", "3.1", "3.8", "3.8-extended-thinking", "live-translate"]

_LIFETIMES = (
    "connection_s", "go_away_lead_s", "grace_s", "session_cap_s", "video_cap_s", "connection_cap_s", "handle_ttl_s",
    "token_ttl_s", "token_session_ttl_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the mock behaves.

    Raises:
        ValueError: If a lifetime or the scale is not more than 0; the message names it.
    """

    time_scale: float = 1.0
    """What every lifetime below is multiplied with, so that a test can wait for its end: at 0.01 the goAway comes after
    5.4 s. How fast is spoken and answered stays as it is. More than 0."""

    connection_s: float = 590.0
    """A connection lives this long from its upgrade on."""

    go_away_lead_s: float = 50.0
    """The goAway comes this long before the end of the connection, and tells it as `timeLeft`."""

    grace_s: float = 0.8
    """A connection that is still open this long after its end is closed by the server."""

    connection_end: ConnectionEnd = "by-service"
    """How a connection ends that outlives its goAway. `aborted`: 1008 and the GoAway text. `deadline`: 1011. `cancelled`: 1000
    "The operation was cancelled." `empty`: 1000 without a reason. `silent`: nothing is said after the goAway, then the TCP
    connection ends without a close frame. `by-service`: `aborted` on the Gemini API, `cancelled` on Vertex."""

    session_cap_s: float = 900.0
    """A session without context compression lives this long, over all its connections."""

    video_cap_s: float = 120.0
    """The same for a session that has seen an image."""

    connection_cap_s: float = 3480.0
    """A connection of a Gemini 3.8 model has no goAway and ends after this long, with 1011."""

    after_connection_cap: Literal["resumed", "refused-once"] = "resumed"
    """Whether the session of a connection that reached that cap can be resumed at once, or is refused once with 1007. Users
    saw both."""

    handle_ttl_s: float = 7200.0
    """A resumption handle works for this long after its session's last connection."""

    handles: Handles = "sound"
    """What a resumed session is like. `mute`: it transcribes and never answers. `fatal`: it dies 0.5 s into its next answer,
    with 1011. `rerun`: it asks its last question again and dies of it, with 1007."""

    first_message_index: int = 1
    """The `lastConsumedClientMessageIndex` of the first message after the setup. Nobody has recorded whether the setup counts;
    it is taken for message 0."""

    token_ttl_s: float = 1800.0
    """The messages of an ephemeral token are taken for this long, unless `expireTime` says otherwise."""

    token_session_ttl_s: float = 60.0
    """An ephemeral token opens new sessions for this long, unless `newSessionExpireTime` says otherwise."""

    model: Model = "by-name"
    """Which generation of models answers. `by-name` goes by what the setup's model is called: a name with 3.8 and
    extended-thinking, 3.8, live-translate, gemini-3; any other is a 2.5."""

    setup_s: float = 0.0
    """From the setup to setupComplete. 0.4 to 0.5 s were measured for a resumed session on Vertex; 0 answers at once."""

    before_setup_complete: Literal["queued", "refused"] = "queued"
    """What becomes of messages between the setup and setupComplete: kept until then, or 1007. Nobody has recorded it."""

    key_checked_after_s: float = 0.1
    """From the upgrade to the close frame for a key that is not good."""

    unknown_fields: Literal["refused", "ignored"] = "refused"
    """What becomes of a message with a field that its type does not have: 1007 and its name, as REST has it, or it is read
    without it."""

    activity_signals: Literal["refused", "ignored"] = "refused"
    """What becomes of activityStart and activityEnd while the server detects activity itself: 1007, or nothing."""

    audio_during_call: Literal["heard", "refused"] = "heard"
    """What becomes of audio while a function's result is waited for: heard, or 1008 as some 2.5 native audio models close."""

    speaks_after_call: bool = False
    """Whether a model that waits for a function's result goes on speaking behind the toolCall, as some do."""

    interrupts_thought: bool = False
    """Whether an answer that has not begun is also told as interrupted: `interrupted` and `turnComplete` with no generation."""

    late_interruption_s: float = 0.0
    """Activity this soon after turnComplete is still told as `interrupted`, because the client may be playing; 0 for never."""

    vad_signal: bool = False
    """Whether the allowlisted `voiceActivityDetectionSignal` comes beside `voiceActivity`."""

    reasoning_s: float = 1.0
    """How long an extended-thinking model goes on reasoning after its filler is over."""

    audio_pace: float = 5.0
    """How many times faster than it is spoken the model's audio arrives. The proto says only that generation outpaces
    playback. More than 0."""

    jitter_s: float = 0.0
    """By how much a message of the answer may be late, at random by the seed; they keep their order."""

    transcript_lag_s: float = 0.0
    """By how much the transcript of the caller may be late, at random by the seed; it then comes beside the answer, for
    nothing orders the two."""

    context_tokens: int = 131072
    """The context window. A session that outgrows it ends with 1007, one with compression forgets its oldest turns."""

    compresses: bool = False
    """Whether permessage-deflate is agreed to where a client offers it. Nobody has recorded what Google does."""

    text_frames: bool = False
    """Send text frames; Google sends binary ones."""

    compact_json: bool = False
    """Send JSON on one line; Google prints it with two spaces of indentation and a line feed at the end."""

    def __post_init__(self) -> None:
        for name in ("time_scale", *_LIFETIMES, "audio_pace"):
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"{name} must be more than 0, not {value}")

    @property
    def scaled(self) -> Settings:
        """The same with its lifetimes multiplied, and a scale of 1."""
        lifetimes = {name: getattr(self, name) * self.time_scale for name in _LIFETIMES}
        return replace(self, time_scale=1.0, **lifetimes)
