"""Lines of text with a tone, before anybody decides whether there is colour."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = ["Line", "Span", "Tone", "printable"]

Tone = Literal["plain", "good", "bad", "doubt", "dim"]


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    tone: Tone = "plain"


Line = tuple[Span, ...]


def printable(text: str) -> str:
    """The text with control characters, and those that turn the direction of writing, told by their number: what a
    server or a client said is shown, and does nothing to the terminal."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    return f"\\u{ord(character):04x}" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character
