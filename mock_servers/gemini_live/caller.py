"""The caller on one connection: when they begin to speak, what is understood of it, when their turn is over.

Who decides what a turn is depends on the setup: the server, by the pauses, or the client, by activityStart and
activityEnd; audio outside of a told activity is not heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.google_content import Blob
from mock_servers.base.hearing import BLOCKS_PER_SECOND, Hearing, SpeechStarted, SpeechStopped, Word
from mock_servers.base.protocol import Cursors
from mock_servers.gemini_live.client_messages import AutomaticActivityDetection

__all__ = ["Began", "Caller", "Finished", "Happening", "Understood"]

SILENCE_S = 0.5
"""How long a pause ends the caller's turn where the setup does not say; Google documents no value."""

LOW_SENSITIVITY_SILENCE_S = 1.0
LOW_SENSITIVITY_PADDING_S = 0.1
"""The same with the sensitivities at LOW, which the proto describes without numbers: ends are found later, and short
sounds begin no turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The caller has begun to speak, so many seconds into their audio."""

    at_audio_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A piece of the transcript; the pieces of a turn put together give the whole, which is `so_far` up to here."""

    text: str
    words: tuple[Word, ...] = ()
    so_far: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The caller's turn is over; `text` is all of it, and may be empty."""

    text: str
    at_audio_s: float = 0.0


Happening = Began | Understood | Finished


class Caller:
    """One pair of ears for one connection, taken anew when the rate of the audio changes."""

    def __init__(self, conversation: Conversation, detection: AutomaticActivityDetection) -> None:
        self._conversation = conversation
        self.is_manual = detection.disabled
        """Whether the client tells the caller's activity."""
        self._silence_s = math.inf if self.is_manual else _silence_s(detection)
        self._padding_s = _padding_s(detection)
        self._is_active = False
        self._hearing: Hearing | None = None
        self._rate_hz = 0
        self._speech_began_s = 0.0
        self._transcribed = 0
        self._earlier_s = 0.0
        self._unheard_s = 0.0
        self._counted_s = 0.0
        self._settled_s = 0.0

    @property
    def is_speaking(self) -> bool:
        """Whether their turn has begun and is not over."""
        return self._is_active

    def starts(self) -> list[Happening]:
        """The client says that the caller is active now."""
        return self._begin(self._heard_s)

    def plays(self, audio: Blob) -> list[Happening]:
        """Audio has come, of any length and at any rate."""
        if self.is_manual and not self._is_active:
            self._unheard_s += len(audio.data) / 2 / audio.rate_hz
            return []
        hearing = self._hearing_at(audio.rate_hz)
        heard: list[Happening] = []
        for event in hearing.heard(audio.data):
            match event:
                case SpeechStarted(at_audio_s=at_s):
                    self._speech_began_s = at_s
                case SpeechStopped(words=words, at_audio_s=at_s):
                    heard += self._begin_if_spoken_until(at_s - self._silence_s)
                    heard += self._finished(words, at_s) if self._is_active else []
        if hearing.speaking:
            heard += self._begin_if_spoken_until(hearing.spoken_until_s)
            heard += self._understood(hearing.words) if self._is_active else []
        self._settle()
        return heard

    def ends(self) -> list[Happening]:
        """The client says that there is no more for now: `activityEnd` ends any turn, also one in which nothing was
        said, `audioStreamEnd` that of a caller who was speaking."""
        stopped = self._hearing.end_turn() if self._hearing is not None else None
        happened: list[Happening] = []
        if self._is_active and (stopped is not None or self.is_manual):
            happened = self._finished(stopped.words if stopped is not None else (), self._heard_s)
        self._settle()
        return happened

    def uncounted_s(self) -> float:
        """The seconds of audio heard since this was asked last."""
        heard_s = self._heard_s
        uncounted_s, self._counted_s = heard_s - self._counted_s, heard_s
        return uncounted_s

    @property
    def cursors(self) -> Cursors:
        """Audio is worked through at once, and settled when no turn is going on."""
        received_s = self._heard_s + self._unheard_s
        return Cursors(received_s=received_s, processed_s=received_s, finalised_s=self._settled_s)

    @property
    def _heard_s(self) -> float:
        return self._earlier_s + (self._hearing.audio_s if self._hearing is not None else 0.0)

    def _hearing_at(self, rate_hz: int) -> Hearing:
        if self._hearing is None or self._rate_hz != rate_hz:
            self._earlier_s = self._heard_s
            self._hearing = Hearing(self._conversation, sample_rate_hz=rate_hz, silence_s=self._silence_s)
            self._rate_hz, self._transcribed = rate_hz, 0
        return self._hearing

    def _begin_if_spoken_until(self, until_s: float) -> list[Happening]:
        """A sound that is shorter than the prefix padding is no speech."""
        # Times are multiples of 10 ms, and sums of them as floats are not.
        is_long_enough = until_s - self._speech_began_s >= self._padding_s - 1e-6
        if self.is_manual or self._is_active or not is_long_enough:
            return []
        return self._begin(self._earlier_s + self._speech_began_s)

    def _begin(self, at_audio_s: float) -> list[Happening]:
        self._is_active = True
        self._transcribed = 0
        return [Began(at_audio_s=at_audio_s)]

    def _understood(self, words: tuple[Word, ...]) -> list[Happening]:
        """What of these words has not been told yet."""
        new = words[self._transcribed :]
        continues, self._transcribed = self._transcribed > 0, max(self._transcribed, len(words))
        if not new:
            return []
        text = " ".join(word.text for word in new)
        return [Understood(text=f" {text}" if continues else text, words=new, so_far=words)]

    def _finished(self, words: tuple[Word, ...], at_s: float) -> list[Happening]:
        self._is_active = False
        whole = " ".join(word.text for word in words)
        return [*self._understood(words), Finished(text=whole, at_audio_s=self._earlier_s + at_s)]

    def _settle(self) -> None:
        if not self._is_active and (self._hearing is None or not self._hearing.speaking):
            # What is less than a block has not been listened to yet.
            whole_blocks_s = math.floor(self._heard_s * BLOCKS_PER_SECOND + 1e-6) / BLOCKS_PER_SECOND
            self._settled_s = max(self._settled_s, whole_blocks_s + self._unheard_s)


def _silence_s(detection: AutomaticActivityDetection) -> float:
    if detection.silence_duration_ms is not None:
        return detection.silence_duration_ms / 1000
    is_low = detection.end_of_speech_sensitivity == "END_SENSITIVITY_LOW"
    return LOW_SENSITIVITY_SILENCE_S if is_low else SILENCE_S


def _padding_s(detection: AutomaticActivityDetection) -> float:
    if detection.prefix_padding_ms is not None:
        return detection.prefix_padding_ms / 1000
    return LOW_SENSITIVITY_PADDING_S if detection.start_of_speech_sensitivity == "START_SENSITIVITY_LOW" else 0.0
