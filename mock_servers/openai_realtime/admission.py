"""Who is let in: the key, the model, the call and the shape, judged as a GA endpoint does, mostly behind the 101."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mock_servers.base.protocol import Request
from mock_servers.openai_realtime.client_secrets import ClientSecrets
from mock_servers.openai_realtime.errors import ErrorDetails
from mock_servers.openai_realtime.settings import Settings

__all__ = ["Admission", "admit", "asks_for_beta", "key_error", "offered_subprotocols", "shown_key", "wrong_key"]

KEY_SUBPROTOCOL = "openai-insecure-api-key."
BETA_SUBPROTOCOL = "openai-beta.realtime-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a request for a session comes to: its model and its first configuration, or the error that ends it at once.

    `model` is empty where none was named, and none has to be.
    """

    model: str = ""
    transcription_only: bool = False
    session: dict[str, Any] = field(default_factory=dict)
    error: ErrorDetails | None = None


def admit(request: Request, settings: Settings, secrets: ClientSecrets, now_s: float) -> Admission:
    """Judge a request for a session of one's own, or for one beside a call that is known to stand."""
    error = key_error(request, settings, secrets, now_s)
    if error is not None:
        return Admission(error=error)
    if asks_for_beta(request) and settings.beta == "refused":
        return _refused("beta_api_shape_disabled", "The beta of the Realtime API is gone; leave out the beta header.")
    secret = secrets.find(shown_key(request), now_s)
    session = {} if secret is None else secret.session
    # The secret's session holds for all that are begun with it; a connection may override it (SDK docs, 2026-08).
    model = request.parameter("model") or session.get("model")
    if session.get("type") == "transcription" or (request.parameter("intent") == "transcription" and not model):
        return Admission(transcription_only=True, session=session)
    if request.parameter("call_id") is not None:
        return Admission(model=model or "")
    if not model:
        return _refused("missing_model", "You must provide a model parameter.", param="model")
    if model in settings.gone_models.split():
        return _refused("model_not_found", f"The model '{model}' does not exist, or you have no access to it.")
    if "realtime" not in model:
        return _refused("invalid_model", f"Model '{model}' is not a realtime model.", param="model")
    return Admission(model=model, session=session)


def key_error(request: Request, settings: Settings, secrets: ClientSecrets, now_s: float) -> ErrorDetails | None:
    """What is wrong with a request's key; None if it is good."""
    key = shown_key(request)
    if not _is_good(key, settings, secrets, now_s):
        return wrong_key(key)
    if key in settings.powerless_keys.split():
        return ErrorDetails(message="This key has no permission for Realtime.", code="insufficient_permissions")
    return None


def wrong_key(key: str) -> ErrorDetails:
    """What is said of a key that is not taken. One that has expired is told the same as one that never was."""
    return ErrorDetails(
        message=f"Incorrect API key provided: {_masked(key)}. You can find your API key in your account settings.",
        code="invalid_api_key",
    )


def asks_for_beta(request: Request) -> bool:
    return request.header("openai-beta") is not None or BETA_SUBPROTOCOL in offered_subprotocols(request)


def offered_subprotocols(request: Request) -> list[str]:
    """The subprotocols that the client would speak; among them may be its key."""
    offers = [value for name, value in request.headers if name == "sec-websocket-protocol"]
    return [offer.strip() for value in offers for offer in value.split(",")]


def shown_key(request: Request) -> str:
    """The key, or the client secret, of a request; nothing if it shows none."""
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    for offer in offered_subprotocols(request):
        if offer.startswith(KEY_SUBPROTOCOL):
            return offer.removeprefix(KEY_SUBPROTOCOL)
    return ""


def _is_good(key: str, settings: Settings, secrets: ClientSecrets, now_s: float) -> bool:
    if secrets.is_one(key):
        return secrets.find(key, now_s) is not None
    known = settings.api_keys.split()
    # Without a list of keys, these two are still no keys, so that a refusal can be had from any mock.
    return key in known if known else bool(key) and key != "invalid" and not key.startswith("sk-invalid")


def _masked(key: str) -> str:
    """Nothing of a key is told, not even its ends: what a server says comes into traces."""
    return "*" * min(len(key), 12) or "(none)"


def _refused(code: str, message: str, *, param: str | None = None) -> Admission:
    return Admission(error=ErrorDetails(message=message, code=code, param=param))
