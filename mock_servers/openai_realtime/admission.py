"""Who is let in: the key, the model and the paths, checked as a GA endpoint does, mostly behind the 101."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.openai_realtime.errors import ErrorDetails

__all__ = ["PATHS", "Admission", "admit", "offered_subprotocols"]

PATHS = ("/v1/realtime", "/realtime")
KEY_SUBPROTOCOL = "openai-insecure-api-key."
DEFAULT_MODEL = "gpt-realtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a request for a session comes to: its model, or the error that ends it right away."""

    model: str = DEFAULT_MODEL
    transcription_only: bool = False
    error: ErrorDetails | None = None


def admit(request: Request, keys: Collection[str] | None) -> Admission:
    """Judge a request for a session. `keys` None takes every key, but not none."""
    key = _key(request)
    if not key or (keys is not None and key not in keys):
        return _refused("invalid_api_key", f"Incorrect API key provided: {_masked(key)}.")
    if request.header("openai-beta") is not None:
        return _refused("beta_api_shape_disabled", "The beta of the Realtime API is gone; leave out the beta header.")
    if request.parameter("intent") == "transcription" and request.parameter("model") is None:
        return Admission(transcription_only=True)
    if request.parameter("call_id") is not None:
        return Admission()
    model = request.parameter("model")
    if not model:
        return _refused("missing_model", "You must provide a model parameter.", param="model")
    if "realtime" not in model:
        return _refused("invalid_model", f"Model '{model}' is not a realtime model.", param="model")
    return Admission(model=model)


def offered_subprotocols(request: Request) -> list[str]:
    """The subprotocols that the client would speak; among them may be its key."""
    offers = [value for name, value in request.headers if name == "sec-websocket-protocol"]
    return [offer.strip() for value in offers for offer in value.split(",")]


def _key(request: Request) -> str:
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    for offer in offered_subprotocols(request):
        if offer.startswith(KEY_SUBPROTOCOL):
            return offer.removeprefix(KEY_SUBPROTOCOL)
    return ""


def _masked(key: str) -> str:
    """Nothing of a key is told, not even its ends: what a server says comes into traces."""
    return "*" * min(len(key), 12) or "(none)"


def _refused(code: str, message: str, *, param: str | None = None) -> Admission:
    return Admission(error=ErrorDetails(message=message, code=code, param=param))
