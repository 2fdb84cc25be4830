"""Controls inside a text: pronunciations, and pauses, which a WebSocket does not take.

Source: deepgram-sdk 7.17.0, documentation of SpeakV2Speak.text. Braces may come with a backslash before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PlainText", "has_pause", "plain"]

_PRONUNCIATION = re.compile(r'\\?\{\s*"word"\s*:\s*"([^"]*)"\s*,\s*"pronounce"\s*:\s*"([^"]*)"\s*\\?\}')
_PAUSE = re.compile(r"\\?\{\s*pause\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """A text without its controls; each pronunciation leaves its word."""

    text: str
    pronunciations: int


def plain(text: str) -> PlainText:
    said, pronunciations = _PRONUNCIATION.subn(r"\1", text)
    return PlainText(text=said, pronunciations=pronunciations)


def has_pause(text: str) -> bool:
    return _PAUSE.search(text) is not None
