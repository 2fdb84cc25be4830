"""Redaction: keys and tokens are masked before anything is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MASK", "may_hold_a_secret", "redact"]

MASK = "[redacted]"

_SECRET_NAMES = re.compile(
    r"^(x-goog-)?api[-_]?key$|^(proxy-)?authorization$|password$|^client[-_]?secret$|(access|refresh|auth|bearer)[-_]?token$",
    re.IGNORECASE,
)
"""Under these names every text is a secret, however short."""

_SECRETISH_NAMES = re.compile(r"(^|[-_.])(key|token|secret|credential|signature)s?$|(Key|Token|Secret)$", re.IGNORECASE)
_OPAQUE = re.compile(r"[A-Za-z0-9_\-./+=]{16,}")
"""Under a name that may or may not mean a secret, what no person would write does."""

_SHAPES = re.compile(
    r"""
      \b(?:sk|ek)[-_][A-Za-z0-9_\-]{6,}                               # OpenAI: keys, ephemeral keys
    | \bAIza[A-Za-z0-9_\-]{8,}                                        # Google
    | \bauth_tokens/[\w.\-]+                                          # Gemini Live: ephemeral tokens
    | \beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*          # a JSON web token
    | (?P<before>
          \b(?:bearer|basic)\s+                                       # Authorization headers
        | \btoken,?\s+(?=[^\s"',;&]*[0-9])                            # Deepgram's, and its subprotocol "token, <key>"
        | (?:\b|[?&_\-])(?:x-goog-api-key|api[-_]?key|access_token|client_secret|key|token)[=:]\s*
        | \bopenai-insecure-api-key\.
      )
      (?:\[redacted\]|[^\s"',;&\[\]{}]+)
    """,
    re.IGNORECASE | re.VERBOSE,
)

_CLUES = (
    "key", "token", "secret", "authorization", "password", "credential", "signature", "bearer", "basic",
    "sk-", "sk_", "ek-", "ek_", "aiza", "eyj",
)  # fmt: skip
"""One of these stands in everything that the patterns above mask, name or value, once its letters are folded."""


def may_hold_a_secret(text: str, *, secrets: Iterable[str] = ()) -> bool:
    """A quick look at a whole line of JSON: where this is False, redacting what it says would change nothing.

    `secrets` are looked for as they are; one that JSON writes with escapes is not found, and is to be asked for so.
    """
    folded = text.casefold()
    return any(clue in folded for clue in _CLUES) or any(secret in text for secret in secrets)


def redact(value: Any, *, secrets: Iterable[str] = ()) -> Any:
    """The JSON value with everything masked that is, or looks like, a key or a token.

    Masking twice changes nothing. Mappings come back as dicts, sequences as lists.

    Args:
        secrets: Texts that must not be seen whatever they look like; empty ones are ignored.
    """
    return _redacted(value, tuple(sorted({s for s in secrets if s}, key=lambda s: (-len(s), s))))


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    match value:
        case str():
            return _masked(value, secrets)
        case Mapping():
            return {
                _masked(name, secrets) if isinstance(name, str) else name: _named(name, item, secrets)
                for name, item in value.items()
            }
        case [str() as name, str() as item]:
            # A pair: this is how queries and headers are kept, since their names may come twice.
            return [_masked(name, secrets), _named(name, item, secrets)]
        case list() | tuple():
            return [_redacted(item, secrets) for item in value]
        case _:
            return value


def _named(name: Any, value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str) and value and isinstance(name, str):
        if _SECRET_NAMES.search(name):
            return MASK
        if _SECRETISH_NAMES.search(name) and _OPAQUE.fullmatch(value):
            return MASK
    return _redacted(value, secrets)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _SHAPES.sub(lambda found: (found["before"] or "") + MASK, text)
