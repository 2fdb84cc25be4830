"""A valid message of every event of the beta: those of the GA shape, retold."""

from __future__ import annotations

from typing import Any

from mock_servers.openai_realtime.beta.catalogue import RENAMED
from mock_servers.openai_realtime.beta.server_events import beta_event
from mock_servers.openai_realtime.beta.session import USUAL_TEMPERATURE
from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.examples import example
from mock_servers.openai_realtime.identifiers import Identifiers

__all__ = ["beta_example"]


def beta_example(name: str, ids: Identifiers) -> dict[str, Any]:
    """A message of this type. Raises KeyError if there is none."""
    if name.startswith("transcription_session."):
        message = example(name.removeprefix("transcription_"), ids)
        configuration = Configuration(session_id=ids.new("sess_", 0), expires_at=0, model="", transcription_only=True)
        message["session"] = configuration.document()
    else:
        names = {beta: ga for ga, beta in RENAMED.items()}
        message = example(names.get(name, name), ids)
    secret = {"value": ids.new("ek_", 0), "expires_at": 0}
    told = beta_event(message, temperature=USUAL_TEMPERATURE, client_secret=secret)
    if told is None:
        raise KeyError(name)
    return told
