"""Who is calling: a key in the Authorization header, or in the offered subprotocols.

Source: docs/token-based-authentication and docs/using-the-sec-websocket-protocol (deepgram-docs@4b4a10a);
deepgram-sdk 7.17.0 sends `Token <key>` and, for a JWT, `bearer <jwt>` in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import NO_CREDENTIALS, Refused
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.tokens import Tokens

__all__ = ["INVALID_KEY", "Caller", "identified", "shown"]

INVALID_KEY = "invalid"
"""Every other key is taken."""

_SCHEMES = ("token", "bearer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`subprotocol` is what the upgrade has to answer, if the key came that way."""

    key: str = field(repr=False)
    subprotocol: str | None = None


def identified(request: Request, tokens: Tokens, settings: Settings, now_s: float) -> Caller:
    """The caller, whose key is good.

    Raises:
        Refused: There is no key, it is the one that is not taken, or a token that has expired.
    """
    caller = shown(request, settings)
    if caller.key.strip() in ("", INVALID_KEY) or tokens.expired(caller.key, now_s):
        raise Refused(NO_CREDENTIALS)
    return caller


def shown(request: Request, settings: Settings) -> Caller:
    """Who a request says that it is from, whatever the key is worth."""
    scheme, _, key = (request.header("authorization") or "").strip().partition(" ")
    if scheme:
        return Caller(key=key.strip() if scheme.lower() in _SCHEMES else "")
    offered = [name.strip() for name in (request.header("sec-websocket-protocol") or "").split(",")]
    if len(offered) >= 2 and offered[0] in _SCHEMES:
        return Caller(key=offered[1], subprotocol=offered[0])
    if settings.query_tokens:
        return Caller(key=request.parameter("token") or request.parameter("access_token") or "")
    return Caller(key="")
