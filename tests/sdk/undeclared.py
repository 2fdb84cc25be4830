"""What a message has besides what its model declares: SDKs that let it through say nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

__all__ = ["undeclared"]


def undeclared(value: Any, path: str = "") -> Iterator[str]:
    """The paths of what came and no model declares."""
    if isinstance(value, BaseModel):
        here = f"{path}." if path else ""
        yield from (here + name for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from undeclared(getattr(value, name), here + name)
    elif isinstance(value, list):
        for member in value:
            yield from undeclared(member, f"{path}[]")
