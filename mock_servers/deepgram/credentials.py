"""Who is calling: a key in the Authorization header, or in the offered subprotocols.

Source: docs/token-based-authentication and docs/using-the-sec-websocket-protocol (deepgram-docs@4b4a10a);
deepgram-sdk 7.17.0 sends `Token <key>` and, for a JWT, `bearer <jwt>` in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import NO_CREDENTIALS, Refused

__all__ = ["INVALID_KEY", "Caller", "identified"]

INVALID_KEY = "invalid"
"""Every other key is taken."""

_SCHEMES = ("token", "bearer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`subprotocol` is what the upgrade has to answer, if the key came that way."""

    subprotocol: str | None = None


def identified(request: Request) -> Caller:
    """The caller, whose key is good.

    Raises:
        Refused: There is no key, or it is the one that is not taken.
    """
    scheme, _, key = (request.header("authorization") or "").strip().partition(" ")
    if scheme:
        return _with_key(key if scheme.lower() in _SCHEMES else "")
    offered = [name.strip() for name in (request.header("sec-websocket-protocol") or "").split(",")]
    if len(offered) < 2 or offered[0] not in _SCHEMES:
        raise Refused(NO_CREDENTIALS)
    return _with_key(offered[1], subprotocol=offered[0])


def _with_key(key: str, *, subprotocol: str | None = None) -> Caller:
    if key.strip() in ("", INVALID_KEY):
        raise Refused(NO_CREDENTIALS)
    return Caller(subprotocol=subprotocol)
