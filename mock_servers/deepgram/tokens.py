"""Temporary tokens: JSON Web Tokens that this mock signs, and takes until they have expired.

Source: guides/token-based-authentication (deepgram-docs@4b4a10a) and deepgram-sdk 7.17.0, auth/v1/tokens: 30 s of life
unless asked otherwise, the right to use the voice APIs and no more. The range of `ttl_seconds`, 1 to 3600, is that of
deepgram/deepgram-python-sdk#557. The claims are unverified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from mock_servers.base.protocol import Answer, Chunk, Request
from mock_servers.deepgram import strict_json
from mock_servers.deepgram.errors import CROSS_ORIGIN, Refusal, Refused
from mock_servers.deepgram.identifiers import unix_s_of
from mock_servers.deepgram.troubles import GRANT

__all__ = ["Tokens"]

_TTL_S = (1, 3600)
_HEAD = {"alg": "HS256", "typ": "JWT"}


class Tokens:
    """The tokens of one server; nothing is kept of them, since each carries its own end."""

    def __init__(self, *, seed: int, ttl_s: float) -> None:
        self._key = hashlib.sha256(f"{seed}:deepgram:tokens".encode()).digest()
        self._ttl_s = ttl_s

    def granted(self, request: Request, *, request_id: str, now_s: float) -> Answer:
        """The answer to a request for a token.

        Raises:
            Refused: The body is no JSON, or asks for a life that no token has.
        """
        ttl_s = _ttl_s(request.body, self._ttl_s)
        token = self._signed({"jti": request_id, "iat": unix_s_of(now_s), "exp": unix_s_of(now_s) + ttl_s})
        body = {"access_token": token, "expires_in": ttl_s}
        return Answer(
            status=200,
            headers=(("content-type", "application/json"), ("dg-request-id", request_id), *CROSS_ORIGIN),
            body=(Chunk(data=json.dumps(body, separators=(",", ":")).encode()),),
            client_name=GRANT,
            client_body={"ttl_seconds": ttl_s},
            server_name=GRANT,
            server_body={"status": 200, "expires_in": ttl_s},
        )

    def expired(self, key: str, now_s: float) -> bool:
        """Whether this is one of the server's tokens whose time is over. What it has not signed never expires."""
        if not self.issued(key):
            return False
        claims = json.loads(_decoded(key.split(".")[1]))
        return bool(unix_s_of(now_s) >= claims["exp"])

    def issued(self, key: str) -> bool:
        """Whether this server has signed it, however long ago."""
        head, _, signature = key.rpartition(".")
        return hmac.compare_digest(signature.encode(errors="replace"), self._signature(head).encode())

    def _signed(self, claims: dict[str, Any]) -> str:
        head = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (_HEAD, claims))
        return f"{head}.{self._signature(head)}"

    def _signature(self, head: str) -> str:
        return _encoded(hmac.new(self._key, head.encode(errors="replace"), hashlib.sha256).digest())


def _ttl_s(body: bytes, default_s: float) -> float:
    if not body.strip():
        return default_s
    try:
        fields = strict_json.read(body.decode())
    except ValueError as error:
        raise Refused(Refusal(400, "PAYLOAD_ERROR", "Failed to deserialize JSON payload.")) from error
    ttl_s = fields.get("ttl_seconds") if isinstance(fields, dict) else "no object"
    if ttl_s is None:
        return default_s
    if isinstance(ttl_s, bool) or not isinstance(ttl_s, int | float) or not _TTL_S[0] <= ttl_s <= _TTL_S[1]:
        raise Refused(Refusal(400, "PAYLOAD_ERROR", "ttl_seconds must be between 1 and 3600."))
    return ttl_s


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
