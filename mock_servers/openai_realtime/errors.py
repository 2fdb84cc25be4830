"""What OpenAI says when something is wrong: in-band errors, and bodies of refused requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "FATAL", "ErrorDetails", "Refused", "provider_error", "rate_limit", "rest_error", "rest_refusal", "session_expired",
]  # fmt: skip

FATAL: dict[str, int] = {
    "invalid_api_key": 3000,
    "insufficient_permissions": 3000,
    "beta_api_shape_disabled": 4000,
    "missing_model": 4000,
    "invalid_model": 4000,
    "model_not_found": 4004,
}
"""Errors that end a session before it began, and the close code behind them (gateway captures of 2026-09-18; those of
`insufficient_permissions` and `model_not_found` are known from a third party's tests only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDetails:
    """The inside of an error; on the wire all its keys are there, also those without a value."""

    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None

    def event(self, client_event_id: str | None = None) -> dict[str, Any]:
        """The `error` of an error event. A client's own `event_id` comes back, or null."""
        return {
            "type": self.type,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": client_event_id,
        }

    def of_response(self) -> dict[str, Any]:
        """The `error` inside the `status_details` of a failed response."""
        return {"type": self.type, "code": self.code, "message": self.message}


class Refused(Exception):
    """A client event cannot be carried out; nothing has changed, and the session goes on."""

    def __init__(self, code: str | None, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.details = ErrorDetails(message=message, code=code, param=param)


def provider_error(code: str, *, session_id: str) -> ErrorDetails:
    """The error with this code, in the wording family that clients have been seen to match on."""
    match code:
        case "server_error":
            # The provider's own faults carry the type and no code (openai-realtime-api-beta#116, livekit/agents#4617).
            message = (
                f"The server had an error while processing your request. Retry; quote session {session_id} if it stays."
            )
            return ErrorDetails(message=message, type="server_error")
        case "insufficient_quota":
            return ErrorDetails(message="You exceeded your current quota.", type=code, code=code)
        case "rate_limit_exceeded":
            return rate_limit(None)
        case _:
            return ErrorDetails(message=f"The request failed: {code}.", code=code)


def rate_limit(retry_after_s: float | None, *, of: Literal["requests", "tokens"] = "requests") -> ErrorDetails:
    """A rate limit, with its wait in words where there is one: `try again in 1m26.4s` (openai-agents-js#1022)."""
    hint = "" if retry_after_s is None else f" Please try again in {_duration(retry_after_s)}."
    limit = {"requests": "requests per min (RPM)", "tokens": "tokens per min (TPM)"}[of]
    message = f"Rate limit reached for gpt-realtime in organization org-mock on {limit}.{hint}"
    return ErrorDetails(message=message, type=of, code="rate_limit_exceeded")


def session_expired(cap_s: float) -> ErrorDetails:
    """The end of the session cap; clients look for `maximum duration of <n> minutes`."""
    minutes = max(1, round(cap_s / 60))
    return ErrorDetails(message=f"Your session hit the maximum duration of {minutes} minutes.", code="session_expired")


def rest_error(status: int) -> dict[str, Any]:
    """The body of a refused request. OpenAI itself has not been seen to refuse an upgrade with 401, 429 or 5xx;
    gateways and Azure do, with these."""
    kind, code = {
        401: ("invalid_request_error", "invalid_api_key"),
        403: ("request_forbidden", "unsupported_country_region_territory"),
        429: ("requests", "rate_limit_exceeded"),
    }.get(status, ("invalid_request_error", None) if status < 500 else ("server_error", None))
    return {
        "error": {
            "message": f"The request was refused with status {status}.",
            "type": kind,
            "param": None,
            "code": code,
        }
    }


def rest_refusal(details: ErrorDetails) -> dict[str, Any]:
    """The body of a REST request that is wrong in itself."""
    return {"error": {"message": details.message, "type": details.type, "param": details.param, "code": details.code}}


def _duration(seconds: float) -> str:
    """`20s`, `1m26.4s`, `450ms`: as the rate-limit headers and messages write it."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return (f"{minutes:.0f}m" if minutes else "") + f"{rest:g}s"
