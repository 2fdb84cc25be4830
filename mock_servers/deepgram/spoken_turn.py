"""One answer of the agent on /v2/speak: the texts of it, how much of them was spoken, what it is billed for."""

from __future__ import annotations

from typing import Any

from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.deepgram.voice_controls import plain

__all__ = ["SpokenTurn"]


class SpokenTurn:
    """A turn, from its first `Speak` to its `SpeechMetadata`.

    Args:
        speech_id: Its name.
    """

    def __init__(self, speech_id: str) -> None:
        self.speech_id = speech_id
        self.is_flushed = False
        self.start_ms = 0.0
        """Where its audio begins in that of the session."""
        self.audio_ms = 0.0
        """How much of it was sent."""
        self._raw = ""
        self._taken = 0

    def add(self, text: str) -> None:
        """Texts follow each other as they come: a client may send half a word at a time."""
        self._raw += text

    @property
    def pronunciations(self) -> int:
        return plain(self._raw).pronunciations

    @property
    def is_silent(self) -> bool:
        """Whether nothing in it can be spoken."""
        return not any(character.isalnum() for character in self._text)

    def take(self) -> str:
        """The words that can be spoken now and were not taken yet; the last one counts as whole once it was flushed."""
        if self.is_silent:
            return ""
        words = self._text.split()
        whole = len(words) if self.is_flushed or self._text[-1:].isspace() else len(words) - 1
        taken, self._taken = words[self._taken : whole], max(self._taken, whole)
        return " ".join(taken)

    def split_at(self, played_ms: float) -> tuple[str, str]:
        """What had been heard of it, and what had not, when this much of the session's audio was played."""
        words = self._text.split()
        heard = max(0, int((played_ms - self.start_ms) / 1000 / SECONDS_PER_WORD + 1e-9))
        return " ".join(words[:heard]), " ".join(words[heard:])

    def metadata(self) -> dict[str, Any]:
        """Billing and timing, as SpeechMetadata and SpeechInterrupted have them."""
        return {
            "speech_id": self.speech_id,
            "audio_duration_ms": round(self.audio_ms),
            "input_character_count": self.characters,
            "billable_character_count": self.billable_characters,
            "controls_applied": {
                "pronunciations_applied": self.pronunciations, "breaks_applied": 0, "pronunciation_warnings": 0,
            },
        }  # fmt: skip

    @property
    def characters(self) -> int:
        return len(self._raw)

    @property
    def billable_characters(self) -> int:
        return len(self._text)

    @property
    def _text(self) -> str:
        return plain(self._raw).text
