"""OpenAI Realtime, as a vendor of the base: requests in, sessions and REST answers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Catalogue, Chunk, Request, Session
from mock_servers.base.trouble import Trouble, Unsupported
from mock_servers.base.voice import Voice
from mock_servers.base.wall_clock import unix_s as wall_clock
from mock_servers.openai_realtime.admission import (
    admit,
    asks_for_beta,
    key_error,
    offered_subprotocols,
    shown_key,
    wrong_key,
)
from mock_servers.openai_realtime.beta import BETA_CATALOGUE, BetaSession, beta_example, beta_rest
from mock_servers.openai_realtime.calls import Calls
from mock_servers.openai_realtime.catalogue import CATALOGUE
from mock_servers.openai_realtime.client_secrets import LASTS_S, ClientSecrets
from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.errors import ErrorDetails, Refused, rest_error, rest_refusal
from mock_servers.openai_realtime.examples import example
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.rate_limits import RateLimits
from mock_servers.openai_realtime.session import TROUBLES, RealtimeSession
from mock_servers.openai_realtime.settings import Settings
from mock_servers.openai_realtime.sound import SAMPLE_RATE_HZ
from mock_servers.openai_realtime.turned_away import TurnedAway

__all__ = ["OpenAIRealtime"]

GA_MODEL = "gpt-realtime"
BETA_MODEL = "gpt-4o-realtime-preview"
"""Of a call that was begun without one."""

BETA_PATHS = ("sessions", "transcription_sessions")
ROOTS = ("/v1/realtime", "/realtime")


class OpenAIRealtime:
    """OpenAI's Realtime API.

    Args:
        conversation: Who says what.
        unix_s: The date now, from which `expires_at` is counted.
    """

    name = "openai-realtime"
    harmless = "rate_limits.updated"

    def __init__(
        self,
        conversation: Conversation,
        *,
        settings: Settings | None = None,
        unix_s: Callable[[], float] = wall_clock,
    ) -> None:
        self.settings = settings or Settings()
        self.ping_interval_s = self.settings.ping_interval_s or None
        self.compresses = self.settings.compresses
        self.catalogue = CATALOGUE if self.settings.beta == "refused" else _both()
        self._conversation = conversation
        self._unix_s = unix_s
        self._voice = Voice(sample_rate_hz=SAMPLE_RATE_HZ)
        self._limits = RateLimits(self.settings.rate_limit_tokens)
        ids = Identifiers(seed=conversation.seed, connection="rest")
        self._rest_ids = ids
        self._secrets = ClientSecrets(ids=ids)
        self._calls = Calls(ids=ids, ringing_id=self.settings.ringing_call_id)
        self._sessions = 0

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        root = next((root for root in ROOTS if _is_below(request.path, root)), None)
        if root is None:
            return self.error_answer(404)
        tail = request.path.removeprefix(root).strip("/")
        if request.is_upgrade:
            return self.error_answer(404) if tail else self._session(request, now_s)
        return self._rest(request, tail, now_s)

    def key(self, request: Request) -> str:
        return shown_key(request)

    def expired(self, request: Request, now_s: float) -> Session | Answer:
        error = wrong_key(shown_key(request))
        if not request.is_upgrade:
            return _json_answer(401, rest_refusal(error))
        self._sessions += 1
        return self._turned_away(request, error)

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        if isinstance(session, BetaSession):
            return beta_example(name, session.ids)
        if name not in CATALOGUE.server:
            return beta_example(name, Identifiers(seed=0, connection=0))
        return example(name, session.ids if isinstance(session, RealtimeSession) else Identifiers(seed=0, connection=0))

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return json.dumps(message, separators=(",", ":"))

    def error_answer(self, status: int) -> Answer:
        return _json_answer(status, rest_error(status))

    def check(self, trouble: Trouble) -> None:
        if not isinstance(trouble, TROUBLES):
            names = ", ".join(kind.__name__ for kind in TROUBLES)
            raise Unsupported(f"OpenAI Realtime has no {type(trouble).__name__}; it has {names}")

    # Sessions.

    def _session(self, request: Request, now_s: float) -> Session | Answer:
        call_id = request.parameter("call_id")
        call = None if call_id is None else self._calls.joined(call_id)
        if call_id is not None and call is None:
            # A sideband to a call that is not known gets an empty 404 (openai-realtime-console#562).
            return Answer(status=404)
        self._sessions += 1
        admission = admit(request, self.settings, self._secrets, now_s)
        if admission.error is not None:
            return self._turned_away(request, admission.error)
        ids = self._ids()
        is_beta = asks_for_beta(request)
        configuration = Configuration(
            session_id=ids.new("sess_", now_s),
            expires_at=int(self._unix_s() + self.settings.session_cap_s),
            model=admission.model or (BETA_MODEL if is_beta else GA_MODEL),
            transcription_only=admission.transcription_only,
        )
        _configured(configuration, admission.session if call is None else call.session)
        desk = self._desk(ids, configuration, now_s)
        subprotocol = _subprotocol(request)
        session = RealtimeSession(desk, subprotocol=subprotocol, call=call, opened_unix_s=self._unix_s())
        if not is_beta:
            return session
        secret = self._secrets.mint({"type": "transcription"}, lasts_s=LASTS_S, now_s=now_s)
        told = {"value": secret.value, "expires_at": int(self._unix_s()) + secret.lasts_s}
        return BetaSession(session, limits=self._limits, client_secret=told)

    def _turned_away(self, request: Request, error: ErrorDetails) -> Session | Answer:
        """The refusal of a session: behind the 101, as the service does it, or in the place of it."""
        if self.settings.auth_failure == "http" and error.code == "invalid_api_key":
            return self.error_answer(401)
        return TurnedAway(error, ids=self._ids(), subprotocol=_subprotocol(request))

    def _ids(self) -> Identifiers:
        """Those of the newest session."""
        return Identifiers(seed=self._conversation.seed, connection=self._sessions)

    def _desk(self, ids: Identifiers, configuration: Configuration, now_s: float) -> Desk:
        return Desk(
            conversation=self._conversation,
            settings=self.settings,
            voice=self._voice,
            limits=self._limits,
            ids=ids,
            configuration=configuration,
            connection=self._sessions,
            now_s=now_s,
        )

    # REST.

    def _rest(self, request: Request, tail: str, now_s: float) -> Answer:
        error = key_error(request, self.settings, self._secrets, now_s)
        if error is not None:
            return _json_answer(401, rest_refusal(error))
        if tail == "client_secrets" and request.method == "POST":
            return self._new_secret(request, now_s)
        if tail in BETA_PATHS and request.method == "POST" and self.settings.beta == "served":
            return self._new_beta_session(request, tail, now_s)
        answer = self._calls.asked(request, tail.removeprefix("calls"), now_s) if _is_below(tail, "calls") else None
        return answer or self.error_answer(404)

    def _new_secret(self, request: Request, now_s: float) -> Answer:
        try:
            secret = self._secrets.create(_read(request.body), now_s)
            configuration = Configuration(
                session_id=self._rest_ids.new("sess_", now_s),
                # A session that nobody has begun yet does not end.
                expires_at=0,
                model=str(secret.session.get("model") or GA_MODEL),
                transcription_only=secret.session["type"] == "transcription",
            )
            configuration.update(secret.session)
        except Refused as refused:
            return _json_answer(400, rest_refusal(refused.details))
        body = {
            "value": secret.value,
            "expires_at": int(self._unix_s()) + secret.lasts_s,
            "session": configuration.document(),
        }
        return _json_answer(200, body)

    def _new_beta_session(self, request: Request, tail: str, now_s: float) -> Answer:
        session_id = self._rest_ids.new("sess_", now_s)
        try:
            body = beta_rest(
                tail,
                _read(request.body),
                self._secrets,
                session_id=session_id,
                now_s=now_s,
                unix_s=self._unix_s(),
            )
        except Refused as refused:
            return _json_answer(400, rest_refusal(refused.details))
        return _json_answer(200, body)


def _both() -> Catalogue:
    return Catalogue(server=CATALOGUE.server | BETA_CATALOGUE.server, client=CATALOGUE.client | BETA_CATALOGUE.client)


def _configured(configuration: Configuration, session: dict[str, Any]) -> None:
    """The session of a client secret was checked when the secret was made; that of a call is taken if it is right."""
    if session:
        try:
            configuration.update({name: value for name, value in session.items() if name != "model"})
        except Refused:
            return


def _subprotocol(request: Request) -> str | None:
    return "realtime" if "realtime" in offered_subprotocols(request) else None


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def _read(body: bytes) -> object:
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused("invalid_json", "The body could not be read: it is not JSON.") from None


def _json_answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(
        status=status, headers=(("content-type", "application/json"),), body=(Chunk(data=json.dumps(body).encode()),)
    )
