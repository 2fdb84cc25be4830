"""Ephemeral tokens: `POST /v1alpha/auth_tokens`, and what a client who shows one may do.

The fields and their defaults: python-genai 3.4.0, types.py (CreateAuthTokenConfig) and tokens.py, which also tells what a
field mask locks; ai.google.dev/gemini-api/docs/ephemeral-tokens, read 2026-11. How a session is refused whose token is used
up or too old was written down by nobody: 1008 is what its gRPC status UNAUTHENTICATED maps to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field
from pydantic.alias_generators import to_snake

from mock_servers.base.generate_content import error_body, key_refusal, what_is_wrong
from mock_servers.base.google_content import Message, read_json
from mock_servers.base.google_credentials import credential
from mock_servers.base.protocol import Answer, Chunk, Request
from mock_servers.gemini_live.client_messages import Setup

__all__ = ["PATH", "PREFIX", "AuthTokens", "Token"]

PATH = "/v1alpha/auth_tokens"
PREFIX = "auth_tokens/"

LIFE_S_MAX = 20 * 3600
"""Both times of a token have to be less than 20 hours ahead."""

TOKENS_MAX = 4096
"""The oldest is forgotten, and then as good as any key that the mock does not know."""


class _CreateToken(Message):
    name: Literal[""] = ""
    expire_time: AwareDatetime | None = None
    new_session_expire_time: AwareDatetime | None = None
    uses: int = Field(default=1, ge=0)
    bidi_generate_content_setup: Setup | None = None
    field_mask: str = ""


@dataclass(slots=True, kw_only=True)
class Token:
    """What one token allows; times are seconds of the server's clock. `uses` None is without a limit."""

    expires_s: float
    sessions_until_s: float
    uses: int | None
    setup: Setup | None
    mask: tuple[str, ...]

    def admits(self, now_s: float, *, resumes: bool) -> bool:
        """Whether a session may begin now; a new one counts as a use, a resumed one does not."""
        if now_s >= self.expires_s:
            return False
        if resumes:
            return True
        if now_s >= self.sessions_until_s or self.uses == 0:
            return False
        if self.uses is not None:
            self.uses -= 1
        return True

    def constrained(self, asked: Setup) -> Setup:
        """The setup that a session gets which asks for this one: locked fields are the token's, without a word.

        A handle is always the client's, or no session of a token could be resumed.
        """
        if self.setup is None:
            return asked
        if self.mask:
            effective = asked
            for path in self.mask:
                effective = _locked(effective, self.setup, [to_snake(step) for step in path.split(".")])
        else:
            effective = self.setup if self.setup.model else self.setup.model_copy(update={"model": asked.model})
        handle = asked.session_resumption.handle if asked.session_resumption is not None else ""
        if handle:
            effective = effective.model_copy(update={"session_resumption": asked.session_resumption})
        return effective


class AuthTokens:
    """All tokens that a server has given out.

    Args:
        ttl_s: How long messages are taken, where the request does not say.
        session_ttl_s: How long new sessions may begin, where it does not say.
    """

    def __init__(self, *, seed: int, ttl_s: float, session_ttl_s: float) -> None:
        self._seed = seed
        self._ttl_s = ttl_s
        self._session_ttl_s = session_ttl_s
        self._given = 0
        self._tokens: dict[str, Token] = {}

    def find(self, name: str) -> Token | None:
        """The token of this name; None if it is none of ours."""
        return self._tokens.get(name)

    def asked(self, request: Request, now_s: float, *, unix_s: float) -> Answer:
        """The answer to a request for a token; `unix_s` is the date at `now_s`, for requests that name dates."""
        if request.method != "POST":
            return error_body(404, "NOT_FOUND", "Requested entity was not found.")
        key = credential(request)
        if key.startswith(PREFIX):
            return error_body(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if (refused := key_refusal(key)) is not None:
            return refused
        try:
            wanted = _CreateToken.model_validate(read_json(request.body or b"{}"))
        except ValueError as error:
            return error_body(400, "INVALID_ARGUMENT", what_is_wrong(error))
        ends_s = [
            _at(wanted.expire_time, now_s, unix_s, self._ttl_s),
            _at(wanted.new_session_expire_time, now_s, unix_s, self._session_ttl_s),
        ]
        if not all(now_s < end_s < now_s + LIFE_S_MAX for end_s in ends_s):
            return error_body(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        return _answer({"name": self._give(wanted, *ends_s)})

    def _give(self, wanted: _CreateToken, expires_s: float, sessions_until_s: float) -> str:
        self._given += 1
        name = PREFIX + hashlib.sha256(f"deadair/{self._seed}/token/{self._given}".encode()).hexdigest()
        self._tokens[name] = Token(
            expires_s=expires_s,
            sessions_until_s=sessions_until_s,
            uses=wanted.uses or None,
            setup=wanted.bidi_generate_content_setup,
            mask=tuple(path for path in wanted.field_mask.split(",") if path),
        )
        if len(self._tokens) > TOKENS_MAX:
            del self._tokens[next(iter(self._tokens))]
        return name


def _at(when: datetime | None, now_s: float, unix_s: float, ttl_s: float) -> float:
    return now_s + (ttl_s if when is None else when.astimezone(UTC).timestamp() - unix_s)


def _locked(setup: Message, lock: Message, path: list[str]) -> Any:
    """`setup` with the field at this path as it is in `lock`; a path that leads nowhere locks nothing."""
    step, *further = path
    if step not in type(setup).model_fields:
        return setup
    mine, theirs = getattr(setup, step), getattr(lock, step)
    if further and isinstance(mine, Message) and isinstance(theirs, Message):
        theirs = _locked(mine, theirs, further)
    return setup.model_copy(update={step: theirs})


def _answer(body: dict[str, Any]) -> Answer:
    chunk = Chunk(data=json.dumps(body, indent=2).encode())
    return Answer(status=200, headers=(("content-type", "application/json; charset=UTF-8"),), body=(chunk,))
