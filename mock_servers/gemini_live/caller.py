"""The caller on one connection: when they begin to speak, what is understood of it, when their turn is over.

Who decides what a turn is depends on the setup: the server, by the pauses, or the client, by activityStart and
activityEnd; audio outside of a told activity is not heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.google_content import Blob
from mock_servers.base.hearing import Hearing, SpeechStarted, SpeechStopped, Word
from mock_servers.gemini_live.client_messages import AutomaticActivityDetection

__all__ = ["Began", "Caller", "Finished", "Understood"]

SILENCE_S = 0.5
"""How long a pause ends the caller's turn where the setup does not say; Google documents no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The caller has begun to speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A piece of the transcript; the pieces of a turn put together give the whole."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The caller's turn is over; `text` is all of it, and may be empty."""

    text: str


class Caller:
    def __init__(self, conversation: Conversation, detection: AutomaticActivityDetection) -> None:
        self._conversation = conversation
        self.is_manual = detection.disabled
        """Whether the client tells the caller's activity."""
        pause_s = SILENCE_S if detection.silence_duration_ms is None else detection.silence_duration_ms / 1000
        self._silence_s = math.inf if self.is_manual else pause_s
        self._is_active = False
        self._hearing: Hearing | None = None
        self._rate_hz = 0
        self._transcribed = 0
        self._earlier_s = 0.0
        self._counted_s = 0.0

    def starts(self) -> list[Began]:
        """The client says that the caller is active now."""
        self._is_active = True
        self._transcribed = 0
        return [Began()]

    def plays(self, audio: Blob) -> list[Began | Understood | Finished]:
        """Audio has come, of any length and at any rate."""
        if self.is_manual and not self._is_active:
            return []
        hearing = self._hearing_at(audio.rate_hz)
        heard: list[Began | Understood | Finished] = []
        for event in hearing.heard(audio.data):
            match event:
                case SpeechStarted() if not self.is_manual:
                    heard += self.starts()
                case SpeechStopped(words=words):
                    heard += self._finished(words)
        return heard + (self._understood(hearing.words) if hearing.speaking else [])

    def ends(self) -> list[Understood | Finished]:
        """The client says that there is no more for now: `activityEnd` ends any turn, also one in which nothing was
        said, `audioStreamEnd` that of a caller who was speaking."""
        stopped = self._hearing.end_turn() if self._hearing is not None else None
        if stopped is not None:
            return self._finished(stopped.words)
        return self._finished(()) if self.is_manual and self._is_active else []

    def uncounted_s(self) -> float:
        """The seconds of audio heard since this was asked last."""
        heard_s = self._earlier_s + (self._hearing.audio_s if self._hearing is not None else 0.0)
        uncounted_s, self._counted_s = heard_s - self._counted_s, heard_s
        return uncounted_s

    def _hearing_at(self, rate_hz: int) -> Hearing:
        """One pair of ears for as long as the rate stays the same."""
        if self._hearing is None or self._rate_hz != rate_hz:
            self._earlier_s += self._hearing.audio_s if self._hearing is not None else 0.0
            self._hearing = Hearing(self._conversation, sample_rate_hz=rate_hz, silence_s=self._silence_s)
            self._rate_hz, self._transcribed = rate_hz, 0
        return self._hearing

    def _understood(self, words: tuple[Word, ...]) -> list[Understood]:
        """What of these words has not been told yet."""
        new = " ".join(word.text for word in words[self._transcribed :])
        continues, self._transcribed = self._transcribed > 0, max(self._transcribed, len(words))
        if not new:
            return []
        return [Understood(text=f" {new}" if continues else new)]

    def _finished(self, words: tuple[Word, ...]) -> list[Understood | Finished]:
        self._is_active = False
        return [*self._understood(words), Finished(text=" ".join(word.text for word in words))]
