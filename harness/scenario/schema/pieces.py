"""The pieces that schemas are put together from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

__all__ = [
    "COMPARED", "NAME", "Schema", "at_most_one_of", "choice", "filled", "flag", "listed", "named", "one_of", "or_name", "pattern", "ref", "said", "table", "whole",
]  # fmt: skip

Schema = dict[str, Any]

NAME = r"\$[a-z][a-z0-9_]*"
"""A name of the matrix, which may stand in the place of any value."""

COMPARED = r"(?:(?:<=|>=|==|<|>) *)?"


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def table(fields: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(fields), "additionalProperties": False}


def filled(fields: Mapping[str, Schema]) -> Schema:
    return {**table(fields), "minProperties": 1}


def listed(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def pattern(pattern: str, description: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern}|.*{NAME}.*)$", "description": description}


def choice(options: Sequence[str]) -> Schema:
    return or_name({"enum": list(options)})


def flag() -> Schema:
    return or_name({"type": "boolean"})


def whole(least: int, most: int) -> Schema:
    return or_name({"type": "integer", "minimum": least, "maximum": most})


def or_name(schema: Schema) -> Schema:
    return {"anyOf": [schema, ref("name")]}


def one_of(*fields: str) -> Schema:
    """Exactly one of these fields is there."""
    return {"oneOf": [{"required": [field]} for field in fields]}


def at_most_one_of(*fields: str) -> Schema:
    return {"not": {"anyOf": [{"required": list(pair)} for pair in combinations(fields, 2)]}}


def named(words: Mapping[str, str]) -> Schema:
    """One of these words; an editor that lists them says beside each what it means."""
    means = {"enumDescriptions": list(words.values())} if any(words.values()) else {}
    return {"enum": list(words), **means}
