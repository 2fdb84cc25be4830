"""What is wrong with a value, as a validator of JSON Schema sees it."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

__all__ = ["violations"]


def violations(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a JSON value, each with its place; empty where it fits."""
    return [f"{error.json_path}: {error.message[:300]}" for error in Draft202012Validator(schema).iter_errors(value)]
