"""Where a Live connection may be opened, and what becomes of the key that it shows.

Gemini answers 101 whatever the key is worth, and says what it thinks of it in a close frame (seen by users with every
kind of bad key; no HTTP refusal at the upgrade is known). Paths: python-genai 3.4.0, live.py; its built-in base URL ends
in a slash, so that it really asks for `//ws/…`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mock_servers.base.google_credentials import (
    BLOCKED_KEY,
    EXHAUSTED_KEY,
    EXPIRED_KEY,
    INVALID_KEY,
    LEAKED_KEY,
    credential,
)
from mock_servers.base.protocol import Close, Request
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.auth_tokens import PREFIX, AuthTokens, Token
from mock_servers.gemini_live.flavour import GEMINI_API, VERTEX, Flavour

__all__ = ["Endpoint", "endpoint"]

_GEMINI_API_PATH = re.compile(
    r"/{1,2}ws/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(Constrained)?"
)
_VERTEX_PATH = re.compile(r"/{1,2}ws/google\.cloud\.aiplatform\.(v1|v1beta1)\.LlmBidiService/BidiGenerateContent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`refusal` is the close frame for a key that is not good, `token` the ephemeral token that was shown."""

    flavour: Flavour
    api_version: str
    refusal: Close | None
    token: Token | None = field(default=None, repr=False)


def endpoint(request: Request, tokens: AuthTokens, *, expired: bool = False) -> Endpoint | None:
    """What the request's path and key open; None if the path leads nowhere. `expired`: the key was good once."""
    key = EXPIRED_KEY if expired else credential(request)
    if path := _GEMINI_API_PATH.fullmatch(request.path):
        refusal = _key_refusal(key) if path[2] or not key.startswith(PREFIX) else _misplaced(request)
        return Endpoint(flavour=GEMINI_API, api_version=path[1], refusal=refusal, token=tokens.find(key))
    if path := _VERTEX_PATH.fullmatch(request.path):
        return Endpoint(flavour=VERTEX, api_version=path[1], refusal=_token_refusal(key))
    return None


def _key_refusal(key: str) -> Close | None:
    refusals = {
        "": endings.KEY_MISSING,
        INVALID_KEY: endings.KEY_INVALID,
        EXPIRED_KEY: endings.KEY_EXPIRED,
        LEAKED_KEY: endings.KEY_LEAKED,
        BLOCKED_KEY: endings.LOCATION_BLOCKED,
        EXHAUSTED_KEY: endings.QUOTA,
    }
    return refusals.get(key)


def _misplaced(request: Request) -> Close:
    """An ephemeral token opens the constrained method only. On the other it is no key where a key belongs
    (googleapis/js-genai#600), and nothing at all elsewhere (google-gemini/cookbook#821)."""
    is_shown_as_key = request.header("x-goog-api-key") or request.parameter("key")
    return endings.KEY_INVALID if is_shown_as_key else endings.KEY_MISSING


def _token_refusal(token: str) -> Close | None:
    if token == EXHAUSTED_KEY:
        return endings.QUOTA
    return endings.OAUTH_INVALID if token in ("", INVALID_KEY, EXPIRED_KEY, LEAKED_KEY, BLOCKED_KEY) else None
