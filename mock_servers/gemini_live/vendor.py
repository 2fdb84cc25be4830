"""Gemini Live as a vendor: which requests open a session, and the messages that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_servers.base import generate_content
from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Catalogue, Request, Session
from mock_servers.base.trouble import Trouble
from mock_servers.gemini_live import server_messages, troubles
from mock_servers.gemini_live.backend import Backend, Limits
from mock_servers.gemini_live.endpoint import endpoint
from mock_servers.gemini_live.flavour import GEMINI_API
from mock_servers.gemini_live.protocol import LiveSession
from mock_servers.gemini_live.resumption import Handles

__all__ = ["GeminiLive"]


class GeminiLive:
    """The Gemini API's host: Live connections, and `generateContent` on the same port.

    Every key is good but `invalid`, `expired` and `leaked`, every model exists unless its name holds `unknown` or
    `retired`, and a model whose name holds `gemini-3` takes `clientContent` only as initial history.

    Args:
        connection_s: A connection is ended so long after it was opened, more than 0.
        go_away_lead_s: That long before its end it is announced.
        session_cap_s: A session without context compression ends after so long, over all its connections.
        video_cap_s: The same, once it has seen an image.
        handle_ttl_s: A resumption handle works for so long after its session's last connection.
        text_frames: Send text frames; Google sends binary ones.

    Raises:
        ValueError: If a time is not more than 0.
    """

    name = "gemini-live"
    catalogue: Catalogue = server_messages.CATALOGUE
    harmless = "serverContent"

    def __init__(
        self,
        conversation: Conversation,
        *,
        connection_s: float = 600.0,
        go_away_lead_s: float = 50.0,
        session_cap_s: float = 900.0,
        video_cap_s: float = 120.0,
        handle_ttl_s: float = 7200.0,
        text_frames: bool = False,
    ) -> None:
        limits = Limits(
            connection_s=connection_s,
            go_away_lead_s=go_away_lead_s,
            session_cap_s=session_cap_s,
            video_cap_s=video_cap_s,
        )
        for value in (connection_s, go_away_lead_s, session_cap_s, video_cap_s, handle_ttl_s):
            if not value > 0:
                raise ValueError(f"a limit of Gemini Live must be more than 0 s, not {value}")
        self._backend = Backend(
            conversation=conversation, limits=limits, handles=Handles(ttl_s=handle_ttl_s), text_frames=text_frames
        )

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        if not request.is_upgrade:
            return generate_content.answer(request, self._backend.conversation)
        place = endpoint(request)
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
            "voiceActivity": {"voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "0s"}},
            "voiceActivityDetectionSignal": {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
        }[name]

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return server_messages.encode(message, text_frame=self._backend.text_frames)

    def error_answer(self, status: int) -> Answer:
        """The refusal of an upgrade in Google's envelope. Google itself is not known to refuse one, its gateways are."""
        return generate_content.error_answer(status)

    def check(self, trouble: Trouble) -> None:
        troubles.check(trouble)
