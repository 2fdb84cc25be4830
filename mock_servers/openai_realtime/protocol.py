"""OpenAI Realtime, as a vendor of the base: requests in, sessions out."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Answer, Chunk, Request, Send, Session
from mock_servers.base.trouble import Trouble, Unsupported
from mock_servers.base.voice import Voice
from mock_servers.base.wall_clock import unix_s as wall_clock
from mock_servers.openai_realtime.admission import PATHS, admit, offered_subprotocols
from mock_servers.openai_realtime.catalogue import CATALOGUE
from mock_servers.openai_realtime.errors import ErrorDetails, rest_error
from mock_servers.openai_realtime.examples import example
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.input_audio import SAMPLE_RATE_HZ
from mock_servers.openai_realtime.session import TROUBLES, RealtimeSession, closing_words

__all__ = ["OpenAIRealtime"]


class OpenAIRealtime:
    """OpenAI's Realtime API in its GA shape.

    Args:
        conversation: Who says what.
        session_cap_s: The life of a session; 60 minutes at OpenAI (measured on an idle session).
        keys: The keys that are good; None takes every key.
        refuses_with_http: A bad key is refused with HTTP 401, as gateways do; OpenAI says 101 first, and then no.
        ping_interval_s: Between the server's pings (capture of 2026-09-18); None sends none.
        unix_s: The date now, from which `expires_at` is counted.
    """

    name = "openai-realtime"
    catalogue = CATALOGUE
    harmless = "rate_limits.updated"

    def __init__(
        self,
        conversation: Conversation,
        *,
        session_cap_s: float = 3600.0,
        keys: Collection[str] | None = None,
        refuses_with_http: bool = False,
        ping_interval_s: float | None = 20.3,
        unix_s: Callable[[], float] = wall_clock,
    ) -> None:
        self.ping_interval_s = ping_interval_s
        self._conversation = conversation
        self._session_cap_s = session_cap_s
        self._keys = keys
        self._refuses_with_http = refuses_with_http
        self._unix_s = unix_s
        self._voice = Voice(sample_rate_hz=SAMPLE_RATE_HZ)
        self._requests = 0

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        if request.path not in PATHS:
            return self.error_answer(404)
        call_id = request.parameter("call_id")
        if call_id is not None and not call_id.startswith("rtc_"):
            # A sideband to a call that is not known gets an empty 404 (openai-realtime-console#562).
            return Answer(status=404)
        self._requests += 1
        ids = Identifiers(seed=self._conversation.seed, connection=self._requests)
        admission = admit(request, self._keys)
        subprotocol = "realtime" if "realtime" in offered_subprotocols(request) else None
        if admission.error is not None:
            if self._refuses_with_http and admission.error.code == "invalid_api_key":
                return self.error_answer(401)
            return TurnedAway(admission.error, ids=ids, subprotocol=subprotocol)
        return RealtimeSession(
            self._conversation,
            voice=self._voice,
            ids=ids,
            model=admission.model,
            subprotocol=subprotocol,
            session_cap_s=self._session_cap_s,
            expires_at=int(self._unix_s() + self._session_cap_s),
            transcription_only=admission.transcription_only,
            now_s=now_s,
        )

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        ids = session.ids if isinstance(session, RealtimeSession) else Identifiers(seed=0, connection=0)
        return example(name, ids)

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return json.dumps(message, separators=(",", ":"))

    def error_answer(self, status: int) -> Answer:
        body = json.dumps(rest_error(status)).encode()
        return Answer(status=status, headers=(("content-type", "application/json"),), body=(Chunk(data=body),))

    def check(self, trouble: Trouble) -> None:
        if not isinstance(trouble, TROUBLES):
            names = ", ".join(kind.__name__ for kind in TROUBLES)
            raise Unsupported(f"OpenAI Realtime has no {type(trouble).__name__}; it has {names}")


class TurnedAway:
    """A session that is over before it began: the 101, one error, the close."""

    response_headers: tuple[tuple[str, str], ...] = ()

    def __init__(self, error: ErrorDetails, *, ids: Identifiers, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._error = error
        self._ids = ids

    def opened(self, now_s: float) -> list[Action]:
        body = {"type": "error", "event_id": self._ids.new("event_", now_s), "error": self._error.event()}
        return [Send(name="error", payload=json.dumps(body), body=body), closing_words(self._error)]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        return []

    def passed(self, now_s: float) -> list[Action]:
        return []

    def wake_at_s(self) -> float | None:
        return None

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        return []

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        return []

    def closed(self, now_s: float) -> None:
        return
