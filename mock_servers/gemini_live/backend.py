"""What all sessions of one server share: the conversation, the agent's one voice, the handles, the limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import Voice
from mock_servers.gemini_live.flavour import Flavour
from mock_servers.gemini_live.resumption import Handles
from mock_servers.gemini_live.turn import AGENT_RATE_HZ

__all__ = ["Backend", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things live, in seconds.

    Sources: ai.google.dev/gemini-api/docs/live-session, read 2026-11 (a connection about 10 minutes, a session without
    compression 15 minutes of audio or 2 of audio and video); the lead of 50 s and the 0.8 s of grace were measured.
    """

    connection_s: float = 600.0
    go_away_lead_s: float = 50.0
    grace_s: float = 0.8
    session_cap_s: float = 900.0
    video_cap_s: float = 120.0


@dataclass(slots=True, kw_only=True)
class Backend:
    conversation: Conversation
    limits: Limits
    handles: Handles
    text_frames: bool = False
    voice: Voice = field(default_factory=lambda: Voice(sample_rate_hz=AGENT_RATE_HZ))
    calls: int = 0

    def next_call_id(self, flavour: Flavour) -> str:
        self.calls += 1
        return flavour.call_id(self.calls)
