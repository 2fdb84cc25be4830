"""The input audio buffer: what the caller said since the last commit, and the turns that are heard in it."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from typing import Literal

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import Hearing, SpeechStarted, SpeechStopped, Word
from mock_servers.base.voice import is_speech
from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.semantic_vad import patience_s
from mock_servers.openai_realtime.sound import BYTES_PER_MS, SAMPLE_RATE_HZ

__all__ = ["Committed", "InputAudio", "decoded"]

COMMIT_MS_MIN = 100
APPEND_BYTES_MAX = 15 * 1024 * 1024

BUFFER_BYTES_MAX = 64 * 1024 * 1024
"""Some 23 minutes without a commit; from there on the oldest is forgotten."""

SLICE_BYTES = 20 * BYTES_PER_MS
"""How much is heard at once while the patience depends on the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A stretch of the buffer that becomes a user's item. `began_s` is where it lies in the audio of the session."""

    words: tuple[Word, ...]
    pcm: bytes
    began_s: float

    @property
    def transcript(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def lasts_s(self) -> float:
        return len(self.pcm) / BYTES_PER_MS / 1000

    @property
    def is_unintelligible(self) -> bool:
        """Somebody made a sound, and no word of it was understood."""
        return not self.words and is_speech(self.pcm)


class InputAudio:
    """The buffer of one session. Its audio is 24 kHz PCM, whatever the format on the wire."""

    def __init__(self, conversation: Conversation) -> None:
        self._hearing = Hearing(conversation, sample_rate_hz=SAMPLE_RATE_HZ, silence_s=math.inf)
        self._eagerness: str | None = None
        self._buffer = bytearray()
        self._taken_s = 0.0
        self._speech_from_s = 0.0

    @property
    def audio_s(self) -> float:
        """Seconds of audio received in this session."""
        return self._hearing.audio_s

    @property
    def taken_s(self) -> float:
        """Up to where the audio has become items, or was dropped."""
        return self._taken_s

    @property
    def unsettled_from_s(self) -> float:
        """From where on speech is being heard whose turn is not over; all that was received, if nobody speaks."""
        return self._speech_from_s if self._hearing.speaking else self.audio_s

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the turn that is going on, or of the last one."""
        return self._hearing.words

    @property
    def speaking(self) -> bool:
        return self._hearing.speaking

    def listen(self, *, silence_s: float, eagerness: str | None) -> None:
        """From now on, so much silence ends a turn, or what semantic turn detection makes of its words."""
        self._hearing.silence_s = silence_s
        self._eagerness = eagerness

    def append(self, pcm: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Take in audio; what was noticed in it, in order."""
        self._buffer += pcm
        del self._buffer[: max(0, len(self._buffer) - BUFFER_BYTES_MAX)]
        if self._eagerness is None:
            changes = self._hearing.heard(pcm)
        else:
            changes = []
            for at in range(0, len(pcm), SLICE_BYTES):
                changes += self._hearing.heard(pcm[at : at + SLICE_BYTES])
                self._hearing.silence_s = patience_s([word.text for word in self.words], self._eagerness)
        for change in changes:
            if isinstance(change, SpeechStarted):
                self._speech_from_s = change.at_audio_s
        return changes

    def take(self, words: tuple[Word, ...] = ()) -> Committed:
        """Empty the buffer, because a turn was heard to its end."""
        committed = Committed(words=words, pcm=bytes(self._buffer), began_s=self._taken_s)
        self._buffer.clear()
        self._taken_s = self.audio_s
        return committed

    def commit(self) -> Committed:
        """Empty the buffer, because the client wants so.

        Raises:
            Refused: If there are less than 100 ms in it.
        """
        buffered_ms = len(self._buffer) / BYTES_PER_MS
        if buffered_ms < COMMIT_MS_MIN:
            raise Refused(
                "input_audio_buffer_commit_empty",
                f"The input audio buffer is too small to commit: {COMMIT_MS_MIN}ms are needed, it holds {buffered_ms:.2f}ms.",
            )
        stopped = self._hearing.end_turn()
        return self.take(() if stopped is None else stopped.words)

    def clear(self) -> None:
        """Forget the buffer, and the turn that was going on in it."""
        self._hearing.end_turn()
        self._buffer.clear()
        self._taken_s = self.audio_s


def decoded(audio: object, *, counted: Literal["base64", "decoded"] = "base64") -> bytes:
    """Audio bytes from base64.

    Args:
        counted: What must not be more than 15 MiB; the SDK's docs leave it open.

    Raises:
        Refused: If it is not base64, or too much.
    """
    if audio is None:
        raise Refused("missing_required_parameter", "Missing required parameter: 'audio'.", param="audio")
    try:
        data = base64.b64decode(audio, validate=True) if isinstance(audio, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or not isinstance(audio, str):
        raise Refused("invalid_value", "Invalid value for 'audio': it is not base64.", param="audio")
    if len(audio if counted == "base64" else data) > APPEND_BYTES_MAX:
        raise Refused("string_above_max_length", "String too long: 'audio' has more than 15 MiB.", param="audio")
    return data
