"""An entry of `[tool.deadair.clients]` in the text of a `pyproject.toml`, which is otherwise left as it is. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from harness.errors import DeadairError

__all__ = ["CannotBeAdded", "with_entry"]


class CannotBeAdded(DeadairError):
    """The file cannot take the entry; the message says why."""


def with_entry(text: str, entry: str, *, name: str, replace: bool = False) -> str:
    """`text` with the table `entry` of the client `name` at its end, in the line endings that it has.

    What comes out is read again and compared: nothing but the entry may have changed, however the file is written.

    Args:
        entry: The whole table, with its header.
        replace: Whether an entry of the same name gives way.

    Raises:
        CannotBeAdded: If the text is broken, has a client of this name, or writes its clients in another way than as tables.
    """
    before = _read(text)
    if name in _clients(before):
        if not replace:
            raise CannotBeAdded(f"[tool.deadair.clients.{name}] is there already. Take another --name, or --force.")
        text = _without(text, name)
    newline = "\r\n" if "\r\n" in text else "\n"
    kept = text.rstrip("\r\n")
    added = (kept + newline * 2 if kept else "") + entry.strip("\n").replace("\n", newline) + newline
    if not _is_the_only_change(before, added, entry, name):
        raise CannotBeAdded(f"the entry cannot be added without disturbing what is there. Write it by hand:\n\n{entry}")
    return added


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise CannotBeAdded(f"it is no TOML: {error}. Mend it first.") from None


def _clients(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = document
    for name in ("tool", "deadair", "clients"):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _without(text: str, name: str) -> str:
    """Without the lines from the table's header, its own subtables included, to the next header."""
    header = re.escape(f"[tool.deadair.clients.{name}")
    return re.sub(
        rf"^{header}[].].*?(?=^\[(?!tool\.deadair\.clients\.{re.escape(name)}[].])|\Z)", "", text, flags=re.M | re.S
    )


def _is_the_only_change(before: Mapping[str, Any], added: str, entry: str, name: str) -> bool:
    try:
        after = tomllib.loads(added)
    except ValueError:
        return False
    new = dict(_clients(after))
    if new.pop(name, None) != _clients(tomllib.loads(entry))[name]:
        return False
    return new == {other: table for other, table in _clients(before).items() if other != name} and _others(
        after
    ) == _others(before)


def _others(document: Mapping[str, Any]) -> dict[str, Any]:
    """All but the clients; the tables that only lead to them are nothing."""
    tool = dict(document.get("tool", {}))
    deadair = dict(tool.pop("deadair", {}))
    deadair.pop("clients", None)
    return {**document, "tool": {**tool, "deadair": deadair}}
