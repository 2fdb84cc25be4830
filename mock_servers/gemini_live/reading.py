"""Reading a client's frame: JSON that holds exactly one of the five messages, or the close frame it earns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from mock_servers.base.google_content import Blob, Message, read_json, unknown_field
from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.client_messages import (
    ClientContent,
    ContextUpdate,
    RealtimeInput,
    Setup,
    ToolResponse,
)

__all__ = ["KINDS", "BadMessage", "ClientMessage", "read"]

KINDS: dict[str, type[Message]] = {
    "setup": Setup,
    "clientContent": ClientContent,
    "realtimeInput": RealtimeInput,
    "toolResponse": ToolResponse,
    "contextUpdate": ContextUpdate,
}


_NAMES = {spelled: name for name in KINDS for spelled in (name, to_snake(name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage:
    """A message understood. `told` is what observers learn: all of it but the media; `audio` is the PCM that was in it,
    which lasts `audio_s`."""

    name: str
    said: Message
    told: dict[str, Any] = field(default_factory=dict)
    audio: bytes = b""
    audio_s: float | None = None


class BadMessage(ValueError):
    """Nothing that Gemini takes; `ending` is its answer, `name` the message that it was going to be, if that is known."""

    def __init__(self, ending: Close, name: str = "") -> None:
        super().__init__(ending.reason)
        self.ending = ending
        self.name = name


def read(payload: str | bytes, *, ignore_unknown: bool = False) -> ClientMessage:
    """The message in a frame, text or binary.

    Args:
        ignore_unknown: Read past fields that do not exist, instead of refusing them.

    Raises:
        BadMessage: If it is not JSON, holds not exactly one of the five messages, or a field that cannot be.
    """
    try:
        envelope = read_json(payload)
    except ValueError as error:
        raise BadMessage(endings.INVALID_ARGUMENT) from error
    if not isinstance(envelope, dict) or len(envelope) != 1:
        raise BadMessage(endings.INVALID_ARGUMENT)
    ((key, value),) = envelope.items()
    name = _NAMES.get(key, "")
    kind = KINDS.get(name)
    if kind is None:
        raise BadMessage(endings.INVALID_ARGUMENT)
    try:
        said = kind.model_validate(value)
    except ValidationError as error:
        unknown = [wrong["loc"] for wrong in error.errors(include_url=False) if wrong["type"] == "extra_forbidden"]
        if not (ignore_unknown and unknown):
            raise BadMessage(_refusal(name, error), name) from error
        for place in unknown:
            _remove(value, place)
        return read(json.dumps(envelope), ignore_unknown=True)
    heard = _heard(said)
    return ClientMessage(
        name=name,
        said=said,
        told=_told(said),
        audio=b"".join(blob.data for blob in heard),
        audio_s=sum(len(blob.data) / 2 / blob.rate_hz for blob in heard) if heard else None,
    )


def _remove(value: Any, place: tuple[int | str, ...]) -> None:
    """Take out what is at this place, whose steps are names as we spell them, not as the client did."""
    *steps, last = place
    for step in steps:
        value = value[step] if isinstance(step, int) or step in value else value[to_snake(step)]
    del value[last]


def _refusal(name: str, error: ValidationError) -> Close:
    unknown = unknown_field(error, within=name)
    return endings.unknown_name(*unknown) if unknown else endings.INVALID_ARGUMENT


def _heard(said: Message) -> list[Blob]:
    """The audio in a message."""
    if not isinstance(said, RealtimeInput):
        return []
    return [blob for blob in (said.audio, *said.media_chunks[:1]) if blob is not None and blob.rate_hz]


def _told(said: Message) -> dict[str, Any]:
    """`audio` is where observers look for the PCM itself; of the blob only its type is left to tell."""
    audio = said.audio if isinstance(said, RealtimeInput) else None
    if audio is not None and said.model_fields_set == _AUDIO_ONLY:
        # Nearly every frame there is: worth not asking pydantic.
        return {"mimeType": audio.mime_type}
    told: dict[str, Any] = said.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if audio is not None:
        del told["audio"]
        told["mimeType"] = audio.mime_type
    return told


_AUDIO_ONLY = {"audio"}
