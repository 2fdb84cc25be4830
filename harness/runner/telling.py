"""What a client tells may be anything; here it becomes what a trace can hold, and no more of it than a trace should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.clients import ClientSaid
from harness.clients.in_words import in_words

__all__ = ["client_kind", "json_safe", "words"]

VALUES_MAX = 10_000
CHARACTERS_MAX = 100_000
"""Of one event, all its fields together; what is beyond is left out, and told by its number."""

WORDS_CHARACTERS_MAX = 1_000
KIND_CHARACTERS_MAX = 100
DEPTH_MAX = 8
INTEGER_BITS_MAX = 1_024
"""Python refuses to write integers of more than some 4,000 digits in decimal."""

NOT_THE_CLIENTS = frozenset({"caller", "client", "fault", "run", "server", "wire"})
"""Owners of events that the harness itself tells: a client that used their names would be its own witness."""


def words(error: BaseException) -> str:
    """An error in words, also where it has none to say, or far too many."""
    return _cut(str(error) if isinstance(error, ClientSaid) else in_words(error), WORDS_CHARACTERS_MAX)


def client_kind(kind: Any) -> str:
    """The kind of a client's event, which is never one that the harness tells."""
    told = _cut(kind if isinstance(kind, str) else _text(kind), KIND_CHARACTERS_MAX)
    return f"told.{told}" if told.partition(".")[0] in NOT_THE_CLIENTS else told


def json_safe(value: Any) -> Any:
    """`value` as JSON can hold it. Bytes are told by their number."""
    return _Reading().read(value, DEPTH_MAX)


class _Reading:
    """Goes through one value, and stops where it is too much."""

    def __init__(self) -> None:
        self._values_left = VALUES_MAX
        self._characters_left = CHARACTERS_MAX

    def read(self, value: Any, depth: int) -> Any:
        self._values_left -= 1
        match value:
            case None | bool():
                return value
            case int():
                return int(value) if value.bit_length() <= INTEGER_BITS_MAX else f"<{value.bit_length()} bits>"
            case float():
                return float(value) if value == value and abs(value) != float("inf") else str(float(value))
            case str():
                return self._text(value)
            case bytes() | bytearray() | memoryview():
                return f"<{len(value)} bytes>"
            case Mapping() if depth:
                return self._mapping(value, depth - 1)
            case list() | tuple() if depth:
                return self._sequence(value, depth - 1)
            case _:
                named = getattr(value, "value", None)
                return self._text(named if isinstance(named, str) else type(value).__name__)

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, item in value.items():
            if self._values_left <= 0:
                told["…"] = f"<{len(value) - len(told)} more>"
                break
            called = self._text(name if isinstance(name, str) else _text(name))
            told[called] = self.read(item, depth)
        return told

    def _sequence(self, value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        told: list[Any] = []
        for item in value:
            if self._values_left <= 0:
                told.append(f"<{len(value) - len(told)} more>")
                break
            told.append(self.read(item, depth))
        return told

    def _text(self, text: str) -> str:
        told = _cut(str(text), max(0, self._characters_left))
        self._characters_left -= len(told)
        return told


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        return f"<its words raised {type(error).__name__}>"


def _cut(text: str, characters_max: int) -> str:
    if len(text) <= characters_max:
        return text
    return f"{text[:characters_max]}… <{len(text) - characters_max} more characters>"
