"""How an event is said in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.trace import Event
from harness.trace.redaction import may_hold_a_secret, redact

__all__ = ["fields_in_short", "said", "without_secrets"]

SHORT_CHARACTERS = 160
NOT_TOLD = frozenset({"audio", "account"})
"""Positions in samples, which the lanes of audio draw."""

NAME_CHARACTERS_MAX = 40
VALUE_CHARACTERS_MAX = 4_000
NESTED_TOLD_MAX = 8
"""Of the names in a field; a session's configuration is long, and stands in the trace."""


def said(event: Event) -> str:
    """`server.error on connection 2 {code: "…"}`, without the time, and without what looks like a key."""
    on = f" on connection {event.connection}" if event.connection is not None else ""
    fields = fields_in_short(event.fields)
    return f"{without_secrets(event.kind[:SHORT_CHARACTERS])}{on}{' ' + fields if fields else ''}"


def without_secrets(text: str) -> str:
    """The text with all that looks like a key masked: what is in memory was not redacted yet, as a file is."""
    return str(redact(text)) if may_hold_a_secret(text) else text


def fields_in_short(fields: Mapping[str, Any]) -> str:
    """`{attempt: 2, reason: "…"}`, cut off where it gets long; empty where there is nothing to tell."""
    told: list[str] = []
    room = SHORT_CHARACTERS
    for name, value in fields.items():
        if name in NOT_TOLD or value is None:
            continue
        if room <= 0:
            told.append("…")
            break
        pair = _pair(name, value)
        told.append(pair[:room] + "…" if len(pair) > room else pair)
        room -= len(pair)
    return f"{{{', '.join(told)}}}" if told else ""


def _pair(name: str, value: Any) -> str:
    """A field without its depths: ten megabytes from a server are not written out to be thrown away."""
    match value:
        case str():
            # What is cut off here is longer than any key, so that its beginning is still known for one.
            value = value[:VALUE_CHARACTERS_MAX]
        case Mapping():
            names = ", ".join(_name(str(each)) for each in list(value)[:NESTED_TOLD_MAX])
            return f"{_name(name)}: {{{names}{', …' if len(value) > NESTED_TOLD_MAX else ''}}}"
        case list() | tuple():
            return f"{_name(name)}: {f'[{len(value)}]' if value else '[]'}"
    if isinstance(value, str) and may_hold_a_secret(f"{name}: {value}"):
        ((name, value),) = redact({name: value}).items()
    return f"{_name(name)}: {json.dumps(value, ensure_ascii=False)}"


def _name(name: str) -> str:
    name = without_secrets(name[:VALUE_CHARACTERS_MAX])
    return name if len(name) <= NAME_CHARACTERS_MAX else name[:NAME_CHARACTERS_MAX] + "…"
