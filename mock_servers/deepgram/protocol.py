"""Deepgram: /v1/listen and /v1/speak, and Gemini's generateContent beside them, on one port.

The pipeline of a voice agent on Deepgram has three endpoints (transcription, a language model, speech); one mock serves
them all, so that one call can be followed through. /v2/listen and /v2/speak are not there yet; they answer 404.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from mock_servers.base import generate_content
from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Catalogue, Request, Session
from mock_servers.base.trouble import Trouble
from mock_servers.deepgram import messages, speak_ws, troubles
from mock_servers.deepgram.account import Account
from mock_servers.deepgram.credentials import Caller, identified
from mock_servers.deepgram.errors import CROSS_ORIGIN, Refused, bad_request, error_answer, refusal_of
from mock_servers.deepgram.identifiers import NOBODY, RequestIds
from mock_servers.deepgram.listen_query import ListenQuery, listen_query
from mock_servers.deepgram.listen_v1 import MEDIA, ListenLimits, ListenV1
from mock_servers.deepgram.speak_query import SpeakQuery, speak_query, speak_socket_query
from mock_servers.deepgram.speak_rest import spoken, text_of
from mock_servers.deepgram.speak_ws import AUDIO, SpeakLimits, SpeakSocket
from mock_servers.deepgram.speech import Speech
from mock_servers.deepgram.troubles import GENERATE, SPEAK

__all__ = ["CATALOGUE", "Deepgram"]

_GENERATES = frozenset({GENERATE, "streamGenerateContent"})

# Frames that are no message are told as `Unknown`: a name that nobody sends, so it stands in no catalogue.
CATALOGUE = Catalogue(
    server=frozenset(
        {"Results", "Metadata", "SpeechStarted", "UtteranceEnd", "Error", "ConfigureSuccess", "ConfigureFailure"}
        | {AUDIO, "Flushed", "Cleared", "Warning"}
        | {SPEAK, *_GENERATES}
    ),
    client=frozenset({MEDIA, *messages.CLIENT_TEXTS, *speak_ws.CLIENT_TEXTS, SPEAK, *_GENERATES}),
)


class Deepgram:
    """Deepgram's servers as their clients meet them.

    Checks are made in this order: path, query, key, credit, room. A key that reads `invalid` is refused with 401, as is
    no key; every other one is taken.

    Args:
        conversation: What is heard, and what the language model answers.
        seed: Of request ids and of the cuts between pieces of speech.
        idle_s, first_text_s, undecodable, empty_frame_closes: See `ListenLimits`.
        first_audio_s: From a request for speech to its first audio.
        concurrent_max, stale_slot_s: See `Account`.
        forbidden_models: Models of /v1/listen that are refused with 403.
        utterance_end_needs_interims: See `listen_query`.
    """

    name = "deepgram"
    catalogue = CATALOGUE
    harmless = "Results"
    """An interim without words is what a client in silence receives each second."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        seed: int = 0,
        idle_s: float = 12.0,
        first_text_s: float = 30.0,
        undecodable: Literal["silence", "1008"] = "silence",
        empty_frame_closes: bool = True,
        first_audio_s: float = 0.2,
        concurrent_max: int = 50,
        stale_slot_s: float = 0.0,
        forbidden_models: tuple[str, ...] = (),
        utterance_end_needs_interims: bool = True,
    ) -> None:
        self._conversation = conversation
        self._listen_limits = ListenLimits(
            idle_s=idle_s, first_text_s=first_text_s, undecodable=undecodable, empty_frame_closes=empty_frame_closes
        )
        self._speak_limits = SpeakLimits(first_audio_s=first_audio_s)
        self._forbidden_models = forbidden_models
        self._utterance_end_needs_interims = utterance_end_needs_interims
        self._account = Account(concurrent_max=concurrent_max, stale_slot_s=stale_slot_s)
        self._request_ids = RequestIds(seed=seed)
        self._speech = Speech(seed=seed)
        self._last_asked_s = 0.0

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        self._last_asked_s = now_s
        request_id = self._request_ids.next(now_s)
        call = ""
        try:
            match request:
                case Request(path="/v1/listen", is_upgrade=True):
                    return self._listen(request, request_id, now_s)
                case Request(path="/v1/speak", is_upgrade=True):
                    return self._speak_socket(request, request_id, now_s)
                case Request(path="/v1/speak", method="POST"):
                    call = SPEAK
                    return self._speak(request, request_id, now_s)
                case Request(path=path, method="POST") if generate_content.serves(path):
                    return self._generate(request)
                case Request(path="/v1/listen" | "/v1/speak"):
                    raise Refused(bad_request("a WebSocket upgrade was expected."))
                case _:
                    raise Refused(refusal_of(404))
        except Refused as refused:
            return error_answer(refused.refusal, request_id=request_id, client_name=call)

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        """A message of this name: fitting the connection if it can have one, else that of an imagined one."""
        known = [session] if isinstance(session, ListenV1 | SpeakSocket) else []
        for connection in (*known, *self._imagined()):
            try:
                return connection.message(name)
            except KeyError:
                continue
        raise KeyError(name)

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return messages.encoded(message)

    def error_answer(self, status: int) -> Answer:
        """Deepgram's own answer with this status."""
        return error_answer(refusal_of(status), request_id=self._request_ids.next(self._last_asked_s))

    def check(self, trouble: Trouble) -> None:
        """Do nothing if Deepgram has this trouble; raise `Unsupported`, saying what it has, if not."""
        troubles.check(trouble, client_names=self.catalogue.client)

    # ── what each path does ──────────────────────────────────────────────────

    def _listen(self, request: Request, request_id: str, now_s: float) -> ListenV1:
        query = listen_query(
            request,
            forbidden_models=self._forbidden_models,
            utterance_end_needs_interims=self._utterance_end_needs_interims,
        )
        caller = identified(request)
        self._account.admit_stream(now_s)
        return self._listener(query, request_id, caller)

    def _speak_socket(self, request: Request, request_id: str, now_s: float) -> SpeakSocket:
        query = speak_socket_query(request)
        caller = identified(request)
        self._account.admit(now_s)
        return self._speaker(query, request_id, caller)

    def _speak(self, request: Request, request_id: str, now_s: float) -> Answer:
        query = speak_query(request)
        identified(request)
        self._account.admit(now_s)
        text = text_of(request)
        self._account.admit_call(SPEAK)
        return spoken(text, query, self._speech, request_id=request_id, first_audio_s=self._speak_limits.first_audio_s)

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

    def _listener(self, query: ListenQuery, request_id: str, caller: Caller) -> ListenV1:
        return ListenV1(
            query=query,
            request_id=request_id,
            subprotocol=caller.subprotocol,
            response_headers=_upgrade_headers(request_id),
            conversation=self._conversation,
            account=self._account,
            limits=self._listen_limits,
        )

    def _speaker(self, query: SpeakQuery, request_id: str, caller: Caller) -> SpeakSocket:
        return SpeakSocket(
            query=query,
            request_id=request_id,
            subprotocol=caller.subprotocol,
            response_headers=_upgrade_headers(request_id),
            speech=self._speech,
            account=self._account,
            limits=self._speak_limits,
        )

    def _imagined(self) -> tuple[ListenV1, SpeakSocket]:
        """Connections that nobody has opened, for messages that fit no other."""
        request = Request(method="GET", path="")
        caller = Caller()
        return (
            self._listener(listen_query(request), NOBODY, caller),
            self._speaker(speak_socket_query(request), NOBODY, caller),
        )


def _upgrade_headers(request_id: str) -> tuple[tuple[str, str], ...]:
    return (("dg-request-id", request_id), *CROSS_ORIGIN)
