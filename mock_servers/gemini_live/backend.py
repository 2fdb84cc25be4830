"""What all sessions of one server share: the conversation, the agent's one voice, the handles, the tokens, the settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import Voice
from mock_servers.gemini_live.auth_tokens import AuthTokens
from mock_servers.gemini_live.flavour import Flavour
from mock_servers.gemini_live.resumption import Handles
from mock_servers.gemini_live.settings import Settings
from mock_servers.gemini_live.turn import AGENT_RATE_HZ

__all__ = ["Backend"]


@dataclass(slots=True, kw_only=True)
class Backend:
    """`settings` have their lifetimes scaled already."""

    conversation: Conversation
    settings: Settings
    handles: Handles
    tokens: AuthTokens
    voice: Voice = field(default_factory=lambda: Voice(sample_rate_hz=AGENT_RATE_HZ))
    calls: int = 0

    def next_call_id(self, flavour: Flavour) -> str:
        self.calls += 1
        return flavour.call_id(self.calls)
