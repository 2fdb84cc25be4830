"""Credentials, and keeping them out of everything that is told."""

from __future__ import annotations

__all__ = ["Secrets"]

HIDDEN = "[hidden]"


class Secrets:
    """The keys of one provider. A server may repeat a key in an error; `hidden` takes it out again."""

    def __init__(self, *keys: str) -> None:
        self._keys = tuple(key for key in keys if key)

    def hidden(self, text: str) -> str:
        for key in self._keys:
            text = text.replace(key, HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"Secrets({HIDDEN})"
