"""Copies of JSON values."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["copied"]

JSON = TypeVar("JSON")


def copied(value: JSON) -> JSON:
    """`copy.deepcopy`, for JSON alone: made of every event, and many times as fast."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [copied(inner) for inner in value]  # type: ignore[return-value]
    return value
