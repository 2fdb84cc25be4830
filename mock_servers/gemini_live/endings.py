"""How Gemini ends a connection: it has no error messages, only close frames whose reason says what was wrong.

All texts were captured from the real service or its users' logs; they are listed with their sources in
googleapis/python-genai#130, #760, #1710, livekit/agents#1679, #4159, google-gemini/cookbook#781, yagudaev/voiceclaw#155,
kizuna-ai-lab/sokuji#179, read 2026-11. The table of gRPC statuses is inferred: it fits every captured pair of code and
text, and nobody has published it.
"""

from __future__ import annotations

from mock_servers.base.protocol import Close

__all__ = [
    "ABORTED_AFTER_GO_AWAY", "CANCELLED", "DEADLINE_EXPIRED", "ENDED_IN_SILENCE", "ENTITY_NOT_FOUND", "FOREIGN_HANDLE",
    "INTERNAL", "INVALID_ARGUMENT", "INVALID_HANDLE", "KEY_EXPIRED", "KEY_INVALID", "KEY_LEAKED", "KEY_MISSING",
    "LOCATION_BLOCKED", "OAUTH_INVALID", "QUOTA", "RATE_LIMITED", "SESSION_NOT_FOUND", "SESSION_STILL_OPEN", "STATUSES",
    "UNIMPLEMENTED", "bad_field", "model_not_found", "unknown_name",
]  # fmt: skip

REASON_BYTES_MAX = 123
"""A close frame's payload is at most 125 bytes, two of them the code (RFC 6455, 5.5). Google cuts there, in mid-word."""


def _ending(code: int, reason: str) -> Close:
    return Close(code=code, reason=reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore"))


INVALID_ARGUMENT = _ending(1007, "Request contains an invalid argument.")
KEY_INVALID = _ending(1007, "API key not valid. Please pass a valid API key.")
KEY_EXPIRED = _ending(1007, "API key expired. Please renew the API key.")
KEY_LEAKED = _ending(1008, "Your API key was reported as leaked. Please use another API key.")
KEY_MISSING = _ending(
    1008,
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API.",
)
OAUTH_INVALID = _ending(
    1008,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, "
    "login cookie or other valid authentication credential.",
)
# Captured only as far as "for the API us".
LOCATION_BLOCKED = _ending(1007, "User location is not supported for the API use.")
QUOTA = _ending(1011, "You exceeded your current quota, please check your plan and billing details.")
RATE_LIMITED = _ending(1011, "Resource has been exhausted (e.g. check quota).")
DEADLINE_EXPIRED = _ending(1011, "Deadline expired before operation could complete.")
# Captured only as far as the 123rd byte, so nothing more of it is known.
ABORTED_AFTER_GO_AWAY = _ending(
    1008,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal "
    "once the session durat",
)
SESSION_NOT_FOUND = _ending(1008, "BidiGenerateContent session not found")
ENTITY_NOT_FOUND = _ending(1008, "Requested entity was not found.")
UNIMPLEMENTED = _ending(1008, "Operation is not implemented, or supported, or enabled.")
CANCELLED = _ending(1000, "The operation was cancelled.")
ENDED_IN_SILENCE = _ending(1000, "")
INTERNAL = _ending(1011, "Internal error encountered.")
INVALID_HANDLE = _ending(1007, "Invalid session handle")
# aicc2025/sip-to-ai#14 saw 1011 while the old socket was open, others saw it for ever on a handle of another model;
# neither wrote the text down, so both get the commonest of 1011.
SESSION_STILL_OPEN = INTERNAL
FOREIGN_HANDLE = INTERNAL

STATUSES: dict[str, Close] = {
    "INVALID_ARGUMENT": INVALID_ARGUMENT,
    "FAILED_PRECONDITION": _ending(1007, "Precondition check failed."),
    "UNAUTHENTICATED": OAUTH_INVALID,
    "PERMISSION_DENIED": _ending(1008, "The caller does not have permission"),
    "NOT_FOUND": ENTITY_NOT_FOUND,
    "UNIMPLEMENTED": UNIMPLEMENTED,
    "ABORTED": _ending(1008, "The operation was aborted"),
    "INTERNAL": INTERNAL,
    "UNKNOWN": _ending(1011, "Internal error occurred."),
    "UNAVAILABLE": _ending(1011, "The service is currently unavailable."),
    "DEADLINE_EXCEEDED": DEADLINE_EXPIRED,
    "RESOURCE_EXHAUSTED": RATE_LIMITED,
    "CANCELLED": CANCELLED,
}
"""gRPC status → the close frame that it arrives as."""


def model_not_found(model: str, api_version: str) -> Close:
    return _ending(
        1008,
        f"{model} is not found for API version {api_version}, or is not supported for bidiGenerateContent. "
        "Call ModelService.ListModels to see the list of available models and their supported methods.",
    )


def bad_field(path: str, problem: str) -> Close:
    """A value in the setup that cannot be; `path` in proto names, such as `generation_config.max_output_tokens`."""
    return _ending(1007, f"* BidiGenerateContentRequest.setup.{path}: {problem}")


def unknown_name(name: str, path: str) -> Close:
    """A field that the message does not have. The text is REST's; that Live uses the same is unverified."""
    return _ending(1007, f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field.")
