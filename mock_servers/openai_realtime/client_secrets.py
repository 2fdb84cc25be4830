"""Ephemeral keys: `POST /v1/realtime/client_secrets` gives one, and sessions begin with it until it has expired.

Source: openai 3.54.0, types/realtime/client_secret_create_params.py and _response.py (2026-08): 10 to 7200 s, 600 s where
nothing is said; a secret begins any number of sessions, and none of them ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.messages import Strict, checked

__all__ = ["ClientSecrets", "Secret"]

PREFIX = "ek_"
LASTS_S = 600


class _ExpiresAfter(Strict):
    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=LASTS_S, ge=10, le=7200)


class _Wanted(Strict):
    expires_after: _ExpiresAfter | None = None
    session: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """An ephemeral key, and the session that is begun with it."""

    value: str
    lasts_s: int
    ends_s: float
    session: dict[str, Any]


class ClientSecrets:
    """The ephemeral keys of one server."""

    def __init__(self, *, ids: Identifiers) -> None:
        self._ids = ids
        self._secrets: dict[str, Secret] = {}

    def create(self, wanted: object, now_s: float) -> Secret:
        """A new secret. Its session has not been checked yet.

        Raises:
            Refused: If the request is wrong.
        """
        shape: _Wanted = checked(_Wanted, wanted, name="")
        lasts_s = LASTS_S if shape.expires_after is None else shape.expires_after.seconds
        return self.mint(shape.session or {"type": "realtime"}, lasts_s=lasts_s, now_s=now_s)

    def mint(self, session: dict[str, Any], *, lasts_s: int, now_s: float) -> Secret:
        if session.get("type") not in ("realtime", "transcription"):
            raise Refused(
                "missing_required_parameter", "Missing required parameter: 'session.type'.", param="session.type"
            )
        value = self._ids.new(PREFIX, now_s)
        secret = Secret(value=value, lasts_s=lasts_s, ends_s=now_s + lasts_s, session=session)
        self._secrets[value] = secret
        return secret

    def find(self, key: str, now_s: float) -> Secret | None:
        """The secret with this value, if it has not expired."""
        secret = self._secrets.get(key)
        return secret if secret is not None and now_s < secret.ends_s else None

    @staticmethod
    def is_one(key: str) -> bool:
        """Whether a key says of itself that it is ephemeral."""
        return key.startswith(PREFIX)
