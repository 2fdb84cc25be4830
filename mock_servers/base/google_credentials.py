"""Who asks, as Google's APIs are told it, and which keys the mocks turn away.

A mock knows no accounts, so every key is good but five, which are named after what is wrong with them.
"""

from __future__ import annotations

from mock_servers.base.protocol import Request

__all__ = ["BLOCKED_KEY", "EXHAUSTED_KEY", "EXPIRED_KEY", "INVALID_KEY", "LEAKED_KEY", "credential"]

INVALID_KEY = "invalid"
EXPIRED_KEY = "expired"
LEAKED_KEY = "leaked"
EXHAUSTED_KEY = "exhausted"
"""Its quota is used up."""

BLOCKED_KEY = "blocked"
"""It is used from where the API is not offered."""


def credential(request: Request) -> str:
    """The key or token of a request, or nothing.

    Python's SDK puts it into `x-goog-api-key` (since 1.26), JavaScript's into `?key=`; ephemeral tokens come as
    `?access_token=` or after `Authorization: Token`, OAuth ones after `Authorization: Bearer`
    (python-genai 3.4.0, live.py; js-genai 2.18.0, src/live.ts).
    """
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    authorized = token.strip() if scheme.lower() in {"token", "bearer"} else ""
    named = (request.header("x-goog-api-key"), request.parameter("key"), request.parameter("access_token"), authorized)
    return next((key for key in named if key), "")
