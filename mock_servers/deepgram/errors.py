"""How the service says no: a status, `dg-error`, `dg-request-id`, and a body of three keys in this order.

Source: developers.deepgram.com, docs/errors (deepgram-docs@4b4a10a); order and compactness of the body were computed
from the content-length of a captured refusal, deepgram/deepgram-python-sdk#279.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from mock_servers.base.protocol import Answer, Chunk

__all__ = [
    "CREDIT_USED_UP", "CROSS_ORIGIN", "NO_CREDENTIALS", "NO_PERMISSION", "TOO_MANY_REQUESTS", "Refusal", "Refused",
    "bad_query", "bad_request", "error_answer", "refusal_of",
]  # fmt: skip

CROSS_ORIGIN = (
    ("access-control-allow-credentials", "true"),
    ("access-control-expose-headers", "dg-model-name,dg-model-uuid,dg-char-count,dg-request-id,dg-error"),
)
"""On every response, as quoted in deepgram/deepgram-dotnet-sdk#302."""


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    code: str
    message: str


class Refused(Exception):
    """A request cannot be served; `refusal` is the answer to it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


NO_CREDENTIALS = Refusal(401, "INVALID_AUTH", "Invalid credentials.")
NO_PERMISSION = Refusal(401, "INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions.")
CREDIT_USED_UP = Refusal(
    402,
    "ASR_PAYMENT_REQUIRED",
    "Project does not have enough credits for an ASR request and does not have an overage agreement.",
)
TOO_MANY_REQUESTS = Refusal(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later")

_KNOWN = {
    400: Refusal(400, "Bad Request", "Bad Request: the request could not be understood."),
    401: NO_CREDENTIALS,
    402: CREDIT_USED_UP,
    403: Refusal(403, "INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
    404: Refusal(404, "Not Found", "The requested resource could not be found."),
    429: TOO_MANY_REQUESTS,
    503: Refusal(503, "Service Unavailable", "Please try again later"),
}


def refusal_of(status: int) -> Refusal:
    """What the service says with this status; for the statuses of its edge (408, 500, 502, 504, …) the bare phrase."""
    if status in _KNOWN:
        return _KNOWN[status]
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown Status"
    return Refusal(status, phrase, phrase)


def bad_request(message: str) -> Refusal:
    """The older kind of 400, whose code has a space in it."""
    return Refusal(400, "Bad Request", f"Bad Request: {message}")


def bad_query(message: str) -> Refusal:
    """The newer kind of 400."""
    return Refusal(400, "INVALID_QUERY_PARAMETER", message)


def error_answer(refusal: Refusal, *, request_id: str, client_name: str = "", retry_after_s: int = 0) -> Answer:
    """The HTTP response.

    Args:
        client_name: The REST call that it answers, if it answers one.
        retry_after_s: Told with 429 and 503, if it is more than 0. Whether the service ever tells it is unverified.
    """
    waits = (("retry-after", str(retry_after_s)),) if retry_after_s and refusal.status in (429, 503) else ()
    body = {"err_code": refusal.code, "err_msg": refusal.message, "request_id": request_id}
    return Answer(
        status=refusal.status,
        headers=(
            ("content-type", "application/json"),
            ("dg-error", _header_value(refusal.message)),
            ("dg-request-id", request_id),
            *waits,
            *CROSS_ORIGIN,
        ),
        body=(Chunk(data=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")),),
        client_name=client_name,
        server_name=client_name,
        server_body={"status": refusal.status, **body} if client_name else {},
    )


def _header_value(text: str) -> str:
    """`text` as a header can carry it: messages quote what clients sent, which may hold line ends or any script."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)
