"""What the server says, in the beta's words."""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.beta.catalogue import BETA_CATALOGUE, RENAMED
from mock_servers.openai_realtime.beta.client_events import beta_param
from mock_servers.openai_realtime.beta.shapes import (
    beta_item,
    beta_response,
    beta_session,
    beta_transcription_session,
)

__all__ = ["beta_event"]


def beta_event(
    message: dict[str, Any], *, temperature: float, client_secret: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """An event of the GA shape as the beta tells it; None where the beta has none.

    Args:
        client_secret: What a transcription session shows.
    """
    kind = RENAMED.get(message["type"], message["type"])
    told = {**message, "type": kind}
    # Padding, the name in a finished call and the unfinished list of tools came with GA.
    told.pop("obfuscation", None)
    if kind == "response.function_call_arguments.done":
        told.pop("name", None)
    if isinstance(told.get("session"), dict):
        if told["session"]["type"] == "transcription":
            told["type"] = "transcription_" + kind
            told["session"] = beta_transcription_session(told["session"], client_secret=client_secret or {})
        else:
            told["session"] = beta_session(told["session"], temperature=temperature)
    if isinstance(told.get("response"), dict):
        told["response"] = beta_response(told["response"], temperature=temperature)
    if isinstance(told.get("item"), dict):
        told["item"] = beta_item(told["item"])
    if kind == "error":
        told["error"] = {**told["error"], "param": beta_param(told["error"]["param"])}
    return told if told["type"] in BETA_CATALOGUE.server else None
