"""The beta's own way to ephemeral keys: `POST /v1/realtime/sessions` and `/v1/realtime/transcription_sessions`.

Source: openai 1.99.9, types/beta/realtime/session_create_params.py and session_create_response.py.
"""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.beta.session import USUAL_TEMPERATURE
from mock_servers.openai_realtime.beta.shapes import beta_session, beta_transcription_session, ga_session
from mock_servers.openai_realtime.client_secrets import LASTS_S, ClientSecrets
from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.errors import Refused

__all__ = ["beta_rest"]

DEFAULT_MODEL = "gpt-4o-realtime-preview"


def beta_rest(
    path: str, body: object, secrets: ClientSecrets, *, session_id: str, now_s: float, unix_s: float
) -> dict[str, Any]:
    """The session that a request asks for, with the key that begins it.

    Raises:
        Refused: If the request is wrong.
    """
    if not isinstance(body, dict):
        raise Refused("invalid_type", "The body is no object.")
    listens = path == "transcription_sessions"
    wanted = ga_session(
        {name: value for name, value in body.items() if not (listens and name == "modalities")},
        kind="transcription" if listens else "realtime",
    )
    configuration = Configuration(
        session_id=session_id,
        expires_at=0,
        model=str(wanted.get("model") or DEFAULT_MODEL),
        transcription_only=listens,
    )
    configuration.update(wanted)
    secret = secrets.mint(wanted, lasts_s=_lasts_s(body), now_s=now_s)
    told = {"value": secret.value, "expires_at": int(unix_s) + secret.lasts_s}
    if listens:
        return beta_transcription_session(configuration.document(), client_secret=told)
    return {**beta_session(configuration.document(), temperature=USUAL_TEMPERATURE), "client_secret": told}


def _lasts_s(body: dict[str, Any]) -> int:
    match body.get("client_secret"):
        # The two requests differ in this name.
        case {"expires_after": {"seconds": int(seconds)}} | {"expires_at": {"seconds": int(seconds)}}:
            return max(10, min(7200, seconds))
        case _:
            return LASTS_S
