"""A trouble written in JSON: `{"refuse_upgrade": {"status": 429, "retry_after_s": 3}}`, or just `"mute_pings"`."""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mock_servers.base import trouble as troubles
from mock_servers.base.trouble import Trouble

__all__ = ["KINDS", "read_trouble", "write_trouble"]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


KINDS: dict[str, type[Trouble]] = {_snake(kind.__name__): kind for kind in Trouble.__subclasses__()}
"""Every trouble under its name in JSON: `RefuseUpgrade` is `refuse_upgrade`."""

assert all(kind.__module__ == troubles.__name__ for kind in KINDS.values())


def read_trouble(written: object) -> Trouble:
    """The trouble that this JSON value means.

    Raises:
        ValueError: If it means none; the message says what would.
    """
    name, fields = _name_and_fields(written)
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"there is no trouble {name!r}; {_nearest(name, list(KINDS))}")
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for field in fields:
        if field not in known:
            raise ValueError(f"{name} has no field {field!r}; {_nearest(field, known)}")
    try:
        trouble: Trouble = TypeAdapter(kind).validate_python(fields)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        place = ".".join([name, *map(str, first["loc"])])
        raise ValueError(f"{place}: {first['msg']}") from None
    return trouble


def write_trouble(trouble: Trouble) -> dict[str, Any]:
    """The JSON value that `read_trouble` reads as this trouble."""
    fields = {field.name: getattr(trouble, field.name) for field in dataclasses.fields(trouble)}  # type: ignore[arg-type]
    return {_snake(type(trouble).__name__): fields}


def _name_and_fields(written: object) -> tuple[str, dict[str, Any]]:
    if isinstance(written, str):
        return written, {}
    if isinstance(written, dict) and len(written) == 1:
        name, fields = next(iter(written.items()))
        if isinstance(fields, dict):
            return name, fields
    raise ValueError(
        'a trouble is its name, or an object with its name and its fields: {"close_connection": {"code": 1011}}'
    )


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are {', '.join(known)}" if known else "it takes none"
