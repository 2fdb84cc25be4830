"""Attributes of foreign modules, replaced for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["patched"]

_ABSENT = object()


@contextmanager
def patched(replacements: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Set each `(owner, name, value)`, and put everything back in reverse order, also where setting one fails."""
    undo: list[tuple[Any, str, Any]] = []
    try:
        for owner, name, value in replacements:
            undo.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, before in reversed(undo):
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
