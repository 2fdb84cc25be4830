"""The part of JSON Schema that deadair's own schema uses, checked the plain way."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["violations"]

_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "properties", "additionalProperties", "propertyNames",
    "required", "minProperties", "maxProperties", "items", "minItems", "enum", "const", "anyOf", "pattern", "minimum",
    "maximum",
}  # fmt: skip
_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, where: str = "") -> list[str]:
    """What is wrong with a JSON value; empty where it fits. An unknown keyword is a mistake of the schema."""
    root = schema if root is None else root
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    found: list[str] = []
    if "$ref" in schema:
        found += violations(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    if "type" in schema:
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(_is(value, type_) for type_ in types):
            found.append(f"{where}: {value!r} is no {' or '.join(types)}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is none of {schema['enum'][:5]}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: {value!r} is not {schema['const']!r}")
    if "anyOf" in schema:
        tried = [violations(value, each, root, where) for each in schema["anyOf"]]
        if all(tried):
            found += min(tried, key=len)
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value!r} does not look like {schema['pattern']}")
    if _is(value, "integer") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{where}: {value} is out of range")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{where}: too short")
        for number, item in enumerate(value):
            found += violations(item, schema.get("items", {}), root, f"{where}[{number}]")
    if isinstance(value, dict):
        found += _of_object(value, schema, root, where)
    return found


def _of_object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}: '{name}' is missing" for name in schema.get("required", ()) if name not in value]
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        found.append(f"{where}: {len(value)} fields")
    for name, field in value.items():
        found += violations(name, schema.get("propertyNames", {}), root, f"{where}.{name}")
        if name in schema.get("properties", {}):
            found += violations(field, schema["properties"][name], root, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            found.append(f"{where}: there is no '{name}'")
        elif isinstance(schema.get("additionalProperties"), dict):
            found += violations(field, schema["additionalProperties"], root, f"{where}.{name}")
    return found


def _is(value: Any, type_: str) -> bool:
    if type_ == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _TYPES[type_])
