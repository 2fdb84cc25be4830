"""What can be set in each provider's mock: `server: {settings: {…}}`, by the mock's own names.

The mocks are strangers here, so the names and what they take are written down once more, and a test holds them equal to
each mock's `settings.py`. What they mean, and their defaults: `deadair serve PROVIDER --list-settings`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenario.catalogue import PROVIDERS
from harness.scenario.model import ProviderName
from harness.scenario.reading import Reader, Reading, Unread, boolean, choice, decimal, nearest, text, whole
from harness.scenario.source import Node, Table

__all__ = ["SETTINGS", "WHOLE_MAX", "Kind", "Value", "mock_settings"]

Kind = type[bool] | type[int] | type[float] | type[str] | tuple[str, ...]
"""What a setting takes: a number, a text, true or false, or one of these words."""

Value = bool | int | float | str

SETTINGS: Mapping[ProviderName, Mapping[str, Kind]] = {
    "gemini-live": {},
    "openai-realtime": {},
    "deepgram": {},
}

WHOLE_MAX = 2**53
"""More than any size in bytes, and exact in every JSON reader."""


def mock_settings(node: Node, reading: Reading) -> dict[str, Value]:
    """Settings by name, each with a value that it takes; a number is in the unit that the name ends with."""
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "'settings' is written as fields", "for example {session_cap_s: 90}")
    there = SETTINGS[reading.provider] if reading.provider is not None else _of_any()
    found: dict[str, Value] = {}
    unread = False
    for entry in node.entries:
        name = entry.key.text
        try:
            if name not in there:
                what = f"{reading.provider or 'no provider'} has no setting '{name}'"
                raise reading.wrong(entry.key.place, what, nearest(name, there), _takes(there))
            found[name] = _reader(there[name])(entry.value, reading)
        except Unread:
            unread = True
    if unread:
        raise Unread
    return found


def _of_any() -> Mapping[str, Kind]:
    return {name: kind for provider in PROVIDERS for name, kind in SETTINGS[provider].items()}


def _reader(kind: Kind) -> Reader[Value]:
    if isinstance(kind, tuple):
        return choice(*kind)
    readers: dict[Kind, Reader[Value]] = {bool: boolean, int: whole(0, WHOLE_MAX), float: decimal(0.0), str: text}
    return readers[kind]


def _takes(there: Mapping[str, Kind]) -> str:
    return f"Its mock has: {', '.join(there)}." if there else "Its mock has none."
