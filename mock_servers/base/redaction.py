"""Keys and tokens are masked before a mock tells anybody what a client sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["MASK", "Pairs", "headers_without_keys", "query_without_keys", "without_keys"]

MASK = "[redacted]"

Pairs = tuple[tuple[str, str], ...]

_SECRET_PARAMETERS = frozenset({"key", "api_key", "api-key", "apikey", "access_token", "token", "auth"})

_SECRET_NAMES = re.compile(
    r"authorization$|cookie$|(^|[-_])(api|goog)[-_]?key$|apikey$|password$|client[-_]?secret$|(access|auth|bearer)[-_]?token$",
    re.IGNORECASE,
)
"""Of headers, and of fields in messages (OpenAI's MCP tools carry an `authorization` of their own)."""

_SECRET_SHAPES = re.compile(
    r"\b(?:sk|ek)[-_][\w\-]{6,}|\bAIza[\w\-]{8,}|\bauth_tokens/[\w.\-]+|\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*"
)
"""OpenAI's keys and ephemeral keys, Google's keys and ephemeral tokens, JSON web tokens."""

_SUBPROTOCOLS = re.compile(
    r"realtime|openai-beta\.[\w\-]+|token|bearer|openai-(?:organization|project)\.[\w\-]+", re.IGNORECASE
)
"""What is offered as a subprotocol and is no key. OpenAI (`openai-insecure-api-key.<key>`) and Deepgram (`token, <key>`)
take their keys there from browsers, which cannot set headers; whatever else is offered is taken for one."""


def query_without_keys(query: Pairs) -> Pairs:
    """The parameters that are no keys, in their order."""
    return tuple((name, value) for name, value in query if name.lower() not in _SECRET_PARAMETERS)


def headers_without_keys(headers: Pairs) -> Pairs:
    """All headers, with keys masked in their values."""
    return tuple((name, _header(name, value)) for name, value in headers)


def without_keys(body: Any) -> Any:
    """The JSON value with everything masked that is, or looks like, a key or a token."""
    match body:
        case str():
            return _SECRET_SHAPES.sub(MASK, body)
        case Mapping():
            return {
                name: MASK if isinstance(name, str) and _SECRET_NAMES.search(name) and item else without_keys(item)
                for name, item in body.items()
            }
        case list() | tuple():
            return [without_keys(item) for item in body]
        case _:
            return body


def _header(name: str, value: str) -> str:
    if name.lower() == "sec-websocket-protocol":
        offered = (each.strip() for each in value.split(","))
        return ", ".join(each if _SUBPROTOCOLS.fullmatch(each) else MASK for each in offered)
    if _SECRET_NAMES.search(name):
        return MASK
    return _SECRET_SHAPES.sub(MASK, value)
