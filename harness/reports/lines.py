"""Lines of text with a tone, before anybody decides whether there is colour; and text that does nothing but be read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = ["Line", "Span", "Tone", "name_told", "printable", "sentence_told", "shortened"]

NAME_CHARACTERS_MAX = 500
SENTENCE_CHARACTERS_MAX = 1_000
"""What stands in a trace may be as long as a server likes; what is told of it is for somebody to read."""

Tone = Literal["plain", "good", "bad", "doubt", "dim"]


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    tone: Tone = "plain"


Line = tuple[Span, ...]


def sentence_told(text: str) -> str:
    """What was found, harmless and of a bounded length."""
    return printable(shortened(text, SENTENCE_CHARACTERS_MAX))


def name_told(text: str) -> str:
    """A name, harmless and of a bounded length."""
    return printable(shortened(text, NAME_CHARACTERS_MAX))


def printable(text: str) -> str:
    """The text with control characters, line separators, those that turn the direction of writing, and those that are no
    characters at all, told by their number: what a server or a client said is shown, and does nothing to the terminal
    or to whatever else reads it."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def shortened(text: str, characters_max: int) -> str:
    """The text, or its two ends and how long it is: names that differ do so at the beginning or, in their matrix, at
    the end."""
    if len(text) <= characters_max:
        return text
    head, tail = characters_max * 3 // 4, characters_max // 4
    return f"{text[:head]}…{text[-tail:]} ({len(text):,} characters)"


def _shown(character: str) -> str:
    number = ord(character)
    # The last two of each plane are no characters, and XML has no way to write those of the first.
    if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") and number & 0xFFFE != 0xFFFE:
        return character
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
