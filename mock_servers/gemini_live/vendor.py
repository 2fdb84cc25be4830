"""Gemini Live as a vendor: which requests open a session, and the messages that it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.base import generate_content
from mock_servers.base.conversation import Conversation
from mock_servers.base.google_credentials import EXPIRED_KEY, credential
from mock_servers.base.protocol import Answer, Catalogue, Request, Session
from mock_servers.base.trouble import Trouble
from mock_servers.base.wall_clock import unix_s as wall_clock
from mock_servers.gemini_live import auth_tokens, server_messages, troubles
from mock_servers.gemini_live.auth_tokens import AuthTokens
from mock_servers.gemini_live.backend import Backend
from mock_servers.gemini_live.endpoint import Endpoint, endpoint
from mock_servers.gemini_live.flavour import GEMINI_API
from mock_servers.gemini_live.resumption import Handles
from mock_servers.gemini_live.session import LiveSession
from mock_servers.gemini_live.settings import Settings

__all__ = ["GeminiLive"]


class GeminiLive:
    """Google's host: Live connections of the Gemini API and of Vertex, `generateContent` and `auth_tokens` on one port.

    Every key is good but `invalid`, `expired`, `leaked`, `exhausted` and `blocked`, every model exists unless its name holds
    `unknown` or `retired`.

    Args:
        settings: What is other than Google has it.
        unix_s: Gives the date, which requests for ephemeral tokens are told in.
    """

    name = "gemini-live"
    catalogue: Catalogue = server_messages.CATALOGUE
    harmless = "serverContent"

    def __init__(
        self,
        conversation: Conversation,
        *,
        settings: Settings | None = None,
        unix_s: Callable[[], float] = wall_clock,
    ) -> None:
        scaled = (settings or Settings()).scaled
        self.compresses = scaled.compresses
        self._unix_s = unix_s
        self._backend = Backend(
            conversation=conversation,
            settings=scaled,
            handles=Handles(ttl_s=scaled.handle_ttl_s),
            tokens=AuthTokens(
                seed=conversation.seed, ttl_s=scaled.token_ttl_s, session_ttl_s=scaled.token_session_ttl_s
            ),
        )

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        if request.is_upgrade:
            return self._opened(endpoint(request, self._backend.tokens))
        if request.path.lstrip("/") == auth_tokens.PATH.lstrip("/"):
            return self._backend.tokens.asked(request, now_s, unix_s=self._unix_s())
        return generate_content.answer(request, self._backend.conversation)

    def key(self, request: Request) -> str:
        return credential(request)

    def expired(self, request: Request, now_s: float) -> Session | Answer:
        if request.is_upgrade:
            return self._opened(endpoint(request, self._backend.tokens, expired=True))
        refused = generate_content.key_refusal(EXPIRED_KEY)
        assert refused is not None
        return refused

    def _opened(self, place: Endpoint | None) -> Session | Answer:
        return self.error_answer(404) if place is None else LiveSession(self._backend, place)

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        tool = session.example_tool() if isinstance(session, LiveSession) else "unknown_function"
        call_id = GEMINI_API.call_id(0)
        return {
            "setupComplete": server_messages.setup_complete(),
            # Google really sends this one: a message whose fields all have their default values.
            "serverContent": server_messages.server_content(),
            "toolCall": server_messages.tool_call(call_id, tool, {}),
            "toolCallCancellation": server_messages.tool_call_cancellation([call_id]),
            "goAway": server_messages.go_away(10.0),
            "sessionResumptionUpdate": server_messages.resumption_update(),
            "usageMetadata": {"usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1}},
            "voiceActivity": server_messages.voice_activity("ACTIVITY_START", 0.0),
            "voiceActivityDetectionSignal": server_messages.vad_signal("VAD_SIGNAL_TYPE_SOS"),
        }[name]

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        settings = self._backend.settings
        return server_messages.encode(message, text_frame=settings.text_frames, compact=settings.compact_json)

    def error_answer(self, status: int) -> Answer:
        """The refusal of an upgrade in Google's envelope. Google itself is not known to refuse one, its gateways are."""
        return generate_content.error_answer(status)

    def check(self, trouble: Trouble) -> None:
        troubles.check(trouble)
