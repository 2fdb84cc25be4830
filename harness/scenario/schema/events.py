"""Events, wherever a scenario names them: alone, or with the fields that they must have."""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenario import catalogue
from harness.scenario.events import NTH_MAX
from harness.scenario.model import ProviderName
from harness.scenario.schema.pieces import NAME, Schema, flag, listed, named, ref, said, table, whole

__all__ = ["definitions", "event_of"]


def definitions(explained: Mapping[str, str]) -> Schema:
    means = {event: explained.get(event) or _of_whom(event) for event in catalogue.events(None)}
    return {
        "event": {
            "anyOf": [named(means), {"type": "string", "pattern": rf"^(?:{_FAULTS}|{NAME})$"}],
            "description": "An event: connection.*, wire.*, run.*, caller.*, server.<message>, client.<message>, fault.<id>.",
        },
        "matcher": _matcher({}),
        "line": {
            "anyOf": [
                _matcher(_LINE_OPTIONS),
                {**table({"any_order": listed(ref("matcher"), least=1), **_LINE_OPTIONS}), "required": ["any_order"]},
            ]
        },
        "never": _matcher({"until": said(ref("matcher"), "Only until this event.")}),
    }


def event_of(provider: ProviderName) -> Schema:
    """The name of an event that can happen with this provider."""
    return {
        "anyOf": [{"enum": list(catalogue.events(provider))}, {"type": "string", "pattern": rf"^(?:{_FAULTS}|{NAME})$"}]
    }


_FAULTS = r"fault\.[a-z][a-z0-9_-]*(?:\.healed)?"


def _of_whom(event: str) -> str:
    owner = event.partition(".")[0]
    who = " and ".join(catalogue.who_else(event))
    match owner:
        case "server":
            return f"A message that {who} sends."
        case "client":
            return f"A message that a client of {who} sends."
        case _:
            return ""


def _matcher(options: Mapping[str, Schema]) -> Schema:
    one = {
        "type": "object",
        "propertyNames": ref("event"),
        "properties": {event: _fields(event, options) for event in catalogue.FIELDS},
        "additionalProperties": {"type": ["object", "null"], "properties": {"nth": _NTH, **options}},
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [ref("event"), one]}


def _fields(event: str, options: Mapping[str, Schema]) -> Schema:
    """What an event may be asked for. Of what a client tells, and of messages, nobody knows all fields."""
    own: dict[str, Schema] = {field: {} for field in catalogue.FIELDS[event]}
    fields: Schema = {"type": ["object", "null"], "properties": {"nth": _NTH, **own, **options}}
    return fields | ({"additionalProperties": False} if catalogue.closed_fields(event) else {})


_NTH = whole(1, NTH_MAX)

_LINE_OPTIONS: dict[str, Schema] = {
    "gap": said(ref("duration_bound"), "Since the line above."),
    "within": said(ref("duration"), "At most this long after the line above."),
    "optional": said(flag(), "It may be missing."),
}
