"""Deepgram: /v1 and /v2 of listen and speak, temporary tokens, and Gemini's generateContent beside them, on one port.

The pipeline of a voice agent on Deepgram has three endpoints (transcription, a language model, speech); one mock serves
them all, so that one call can be followed through.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.base import generate_content
from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Request, Session
from mock_servers.base.trouble import Trouble
from mock_servers.deepgram import outgoing, troubles
from mock_servers.deepgram.account import Account, Room
from mock_servers.deepgram.catalogue import CATALOGUE
from mock_servers.deepgram.credentials import Caller, identified, shown
from mock_servers.deepgram.errors import NO_CREDENTIALS, NO_PERMISSION, Refused, bad_request, error_answer, refusal_of
from mock_servers.deepgram.identifiers import NOBODY, RequestIds
from mock_servers.deepgram.listen_query import listen_query
from mock_servers.deepgram.listen_v1 import ListenV1
from mock_servers.deepgram.listen_v2 import ListenV2
from mock_servers.deepgram.listen_v2_query import flux_query
from mock_servers.deepgram.session import Opening, SocketSession
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.speak_query import (
    SpeakQuery,
    flux_speak_query,
    flux_speak_socket_query,
    speak_query,
    speak_socket_query,
)
from mock_servers.deepgram.speak_rest import spoken, text_of
from mock_servers.deepgram.speak_v1 import SpeakV1
from mock_servers.deepgram.speak_v2 import SpeakV2
from mock_servers.deepgram.speech import Speech
from mock_servers.deepgram.tokens import Tokens
from mock_servers.deepgram.transcribe import transcribed
from mock_servers.deepgram.troubles import GENERATE, GRANT, LISTEN, SPEAK

__all__ = ["CATALOGUE", "Deepgram"]

_SOCKETS = ("/v1/listen", "/v2/listen", "/v1/speak", "/v2/speak")
_CALLS = {"/v1/speak": SPEAK, "/v2/speak": SPEAK, "/v1/listen": LISTEN, "/v1/auth/grant": GRANT}


class Deepgram:
    """Deepgram's servers as their clients meet them.

    Checks are made in this order: path, query, key, credit, room. A key that reads `invalid` is refused with 401, as is
    no key, and a temporary token that has expired; every other one is taken.

    Args:
        conversation: What is heard, and what the language model answers. Its seed also decides request ids and the cuts
            between pieces of speech.
    """

    name = "deepgram"
    catalogue = CATALOGUE
    harmless = "Results"
    """An interim without words is what a client in silence receives each second."""

    def __init__(self, conversation: Conversation, *, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.ping_interval_s = self.settings.ping_interval_s or None
        self._conversation = conversation
        self._account = Account()
        stale_slot_s = self.settings.stale_slot_s
        self._listening = Room(places=self.settings.concurrent_max, stale_slot_s=stale_slot_s)
        self._speaking = Room(places=self.settings.concurrent_speak_max, stale_slot_s=stale_slot_s)
        self._request_ids = RequestIds(seed=conversation.seed)
        self._tokens = Tokens(seed=conversation.seed, ttl_s=self.settings.token_ttl_s)
        self._speech = Speech(seed=conversation.seed)
        self._last_asked_s = 0.0

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        self._last_asked_s = now_s
        if generate_content.serves(request.path) and request.method == "POST":
            return self._generate(request)
        request_id = self._request_ids.next(now_s)
        call = ""
        try:
            match request:
                case Request(path=path, is_upgrade=True) if path in _SOCKETS:
                    return self._opened(request, request_id, now_s)
                case Request(path="/v1/speak" | "/v2/speak", method="POST"):
                    call = SPEAK
                    return self._speak(request, request_id, now_s)
                case Request(path="/v1/listen", method="POST"):
                    call = LISTEN
                    return self._transcribe(request, request_id, now_s)
                case Request(path="/v1/auth/grant", method="POST"):
                    call = GRANT
                    return self._grant(request, request_id, now_s)
                case Request(path=path) if path in _SOCKETS:
                    raise Refused(bad_request("a WebSocket upgrade was expected."))
                case _:
                    raise Refused(refusal_of(404))
        except Refused as refused:
            return error_answer(
                refused.refusal,
                request_id=request_id,
                client_name=call,
                retry_after_s=self.settings.retry_after_s,
            )

    def key(self, request: Request) -> str:
        """Deepgram's own; the language model beside it has another vendor's keys."""
        return "" if generate_content.serves(request.path) else shown(request, self.settings).key

    def expired(self, request: Request, now_s: float) -> Session | Answer:
        return error_answer(
            NO_CREDENTIALS,
            request_id=self._request_ids.next(now_s),
            client_name="" if request.is_upgrade else _CALLS.get(request.path, ""),
        )

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        """A message of this name: fitting the connection if it can have one, else that of an imagined one."""
        theirs: tuple[SocketSession, ...] = (session,) if isinstance(session, SocketSession) else ()
        for connection in (*theirs, *self._imagined()):
            try:
                return connection.message(name)
            except KeyError:
                continue
        raise KeyError(name)

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return outgoing.encoded(message)

    def error_answer(self, status: int) -> Answer:
        """Deepgram's own answer with this status."""
        request_id = self._request_ids.next(self._last_asked_s)
        return error_answer(refusal_of(status), request_id=request_id, retry_after_s=self.settings.retry_after_s)

    def check(self, trouble: Trouble) -> None:
        """Do nothing if Deepgram has this trouble; raise `Unsupported`, saying what it has, if not."""
        troubles.check(trouble, client_names=self.catalogue.client)

    # ── connections ──────────────────────────────────────────────────────────

    def _opened(self, request: Request, request_id: str, now_s: float) -> SocketSession:
        if self.settings.key_before_query:
            self._identified(request, now_s)
        open_session = self._checked(request)
        caller = self._identified(request, now_s)
        room = self._listening if request.path.endswith("listen") else self._speaking
        self._account.admit(now_s)
        room.admit(now_s)
        return open_session(
            Opening(request_id=request_id, account=self._account, room=room, subprotocol=caller.subprotocol)
        )

    def _checked(self, request: Request) -> Callable[[Opening], SocketSession]:
        """Read the query of this path; what opens its session.

        Raises:
            Refused: The query cannot be answered.
        """
        settings = self.settings
        match request.path:
            case "/v1/listen":
                nova = listen_query(request, settings)
                return lambda opening: ListenV1(opening, query=nova, conversation=self._conversation, settings=settings)
            case "/v2/listen":
                flux = flux_query(request, settings)
                return lambda opening: ListenV2(opening, query=flux, conversation=self._conversation, settings=settings)
            case "/v1/speak":
                aura = speak_socket_query(request)
                return lambda opening: SpeakV1(opening, query=aura, speech=self._speech, settings=settings)
            case _:
                voice = flux_speak_socket_query(request)
                return lambda opening: SpeakV2(
                    opening, query=voice, speech=self._speech, settings=settings, seed=self._conversation.seed
                )

    def _imagined(self) -> tuple[SocketSession, ...]:
        """Connections that nobody has opened, for messages that fit no other."""
        opening = Opening(request_id=NOBODY, account=self._account, room=self._listening)
        models = (
            ("/v1/listen", "nova-3"),
            ("/v2/listen", "flux-general-en"),
            ("/v1/speak", ""),
            ("/v2/speak", "flux-haley-en"),
        )
        return tuple(
            self._checked(Request(method="GET", path=path, query=(("model", model),) if model else ()))(opening)
            for path, model in models
        )

    # ── calls ────────────────────────────────────────────────────────────────

    def _speak(self, request: Request, request_id: str, now_s: float) -> Answer:
        query: SpeakQuery = (speak_query if request.path == "/v1/speak" else flux_speak_query)(request)
        self._identified(request, now_s)
        self._account.admit(now_s)
        text = text_of(request)
        self._account.admit_call(SPEAK)
        return spoken(text, query, self._speech, request_id=request_id, first_audio_s=self.settings.first_audio_s)

    def _transcribe(self, request: Request, request_id: str, now_s: float) -> Answer:
        query = listen_query(request, self.settings)
        self._identified(request, now_s)
        self._account.admit(now_s)
        self._account.admit_call(LISTEN)
        return transcribed(request, query, self._conversation, request_id=request_id, now_s=now_s)

    def _grant(self, request: Request, request_id: str, now_s: float) -> Answer:
        caller = self._identified(request, now_s)
        if self._tokens.issued(caller.key):
            # Tokens have the right to use the voice interfaces and no more.
            raise Refused(NO_PERMISSION)
        self._account.admit_call(GRANT)
        return self._tokens.granted(request, request_id=request_id, now_s=now_s)

    def _generate(self, request: Request) -> Answer:
        answer = generate_content.answer(request, self._conversation)
        try:
            self._account.admit_call(GENERATE)
        except Refused as refused:
            # Google's service fails in Google's words.
            failed = generate_content.error_answer(refused.refusal.status)
            return dataclasses.replace(
                failed, client_name=answer.client_name, client_body=answer.client_body, server_name=answer.server_name
            )
        return answer

    def _identified(self, request: Request, now_s: float) -> Caller:
        return identified(request, self._tokens, self.settings, now_s)
