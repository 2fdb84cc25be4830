"""The texts that clients send: JSON objects with a `type`, read as strictly as the service reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_servers.deepgram import strict_json

__all__ = ["ClientText", "Misunderstood", "NoJson", "end_of", "understood", "unknown_variant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientText:
    """A message as it was understood, and the `text` that it was read from."""

    type: str
    fields: Mapping[str, Any]
    text: str = ""


class Misunderstood(ValueError):
    """A text that is no message; the words are those of the service's `Error.description`."""


class NoJson(Misunderstood):
    """It is not even JSON."""


def understood(text: str, types: tuple[str, ...]) -> ClientText:
    """Read a text frame.

    Raises:
        Misunderstood: It is not JSON, not an object, or of no type that a client may send.
    """
    try:
        fields = strict_json.read(text)
    except strict_json.Malformed as error:
        raise NoJson(f"{error.why} at {_place(text, error.at)}") from error
    if not isinstance(fields, dict):
        raise Misunderstood(f"invalid type, expected a message at {end_of(text)}")
    match fields.get("type"):
        case None:
            raise Misunderstood(f"missing field `type` at {end_of(text)}")
        case str(kind) if kind in types:
            return ClientText(type=kind, fields=fields, text=text)
        case other:
            raise Misunderstood(f"{unknown_variant(other, types)} at {end_of(text)}")


def unknown_variant(name: object, types: tuple[str, ...]) -> str:
    return f"unknown variant `{name}`, expected one of {', '.join(f'`{known}`' for known in types)}"


def end_of(text: str) -> str:
    """Where a message that does not fit is noticed: `line 1 column 22`."""
    return _place(text, len(text) - 1)


def _place(text: str, at: int) -> str:
    read = text[: at + 1]
    return f"line {read.count(chr(10)) + 1} column {len(read.rsplit(chr(10), 1)[-1])}"
