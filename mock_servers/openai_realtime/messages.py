"""What comes from clients: JSON, read and checked, with the errors that real sessions answered to wrong ones."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from mock_servers.openai_realtime.errors import Refused

__all__ = ["Strict", "checked", "parsed", "required"]

_JSON = json.JSONDecoder(parse_constant=lambda name: _finite(name), parse_float=lambda number: _finite(number))

NESTING_MAX = 100
"""Deeper than any schema of a tool; Python's own recursion ends at some hundred levels."""


class Strict(BaseModel):
    """A shape that takes nothing unknown, and nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


_CODES = {
    "extra_forbidden": "unknown_parameter",
    "missing": "missing_required_parameter",
    "string_too_long": "string_above_max_length",
    "greater_than_equal": "integer_below_min_value",
    "union_tag_not_found": "missing_required_parameter",
}


def checked(model: type[BaseModel] | TypeAdapter[Any], value: object, *, name: str) -> Any:
    """The value, read by this model.

    Raises:
        Refused: With the first thing that is wrong, and its JSON path below `name`: `session.tools[0].meta`.
    """
    try:
        return model.validate_python(value) if isinstance(model, TypeAdapter) else model.model_validate(value)
    except ValidationError as wrong:
        # What is missing is told before what is too much: this is the order of the errors in reports.
        first = min(wrong.errors(include_url=False), key=lambda error: error["type"] == "extra_forbidden")
        param = name + _path(first["loc"], value, is_missing=first["type"] == "missing")
        if first["type"] == "union_tag_not_found":
            param += "." + str(first.get("ctx", {}).get("discriminator", "")).strip("'")
        code = _CODES.get(first["type"], "invalid_value")
        raise Refused(code, f"{_said(code)} '{param}'. {first['msg']}.", param=param) from None


def parsed(payload: str | bytes) -> dict[str, Any]:
    """The JSON object of a client's frame.

    Raises:
        Refused: If it is none, or says no type.
    """
    if isinstance(payload, bytes):
        raise Refused("invalid_event", "Events are text frames, not binary ones.")
    try:
        message = _JSON.decode(payload)
    except (ValueError, RecursionError):
        raise Refused("invalid_json", "The event could not be read: it is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused("invalid_event", "The 'type' field is missing.")
    if payload.count("{") + payload.count("[") > NESTING_MAX and _nested_deeper_than(NESTING_MAX, message):
        raise Refused("invalid_value", f"The event is nested deeper than {NESTING_MAX} levels.")
    return message


def required(message: dict[str, Any], name: str) -> Any:
    """Raises Refused if the message has no such field."""
    if message.get(name) is None:
        raise Refused("missing_required_parameter", f"Missing required parameter: '{name}'.", param=name)
    return message[name]


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} cannot be said back in JSON")
    return value


def _nested_deeper_than(levels: int, value: object) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [inner for outer in layer if isinstance(outer, dict | list) for inner in _members(outer)]
        if not layer:
            return False
    return True


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _said(code: str) -> str:
    return {
        "unknown_parameter": "Unknown parameter:",
        "missing_required_parameter": "Missing required parameter:",
        "string_above_max_length": "String too long:",
    }.get(code, "Invalid value for")


def _path(loc: tuple[int | str, ...], value: object, *, is_missing: bool) -> str:
    """pydantic's place as a JSON path. It names the members of unions too, which are no part of the document; nor is the
    last step if it is what is missing, but that is told."""
    path = ""
    for position, step in enumerate(loc):
        if isinstance(step, int):
            path += f"[{step}]"
            value = value[step] if isinstance(value, list) and step < len(value) else None
        elif isinstance(value, dict) and (step in value or (is_missing and position == len(loc) - 1)):
            path += f".{step}"
            value = value.get(step)
    return path
