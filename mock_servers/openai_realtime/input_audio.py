"""The input audio buffer: what the caller said since the last commit, and the turns that are heard in it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import Hearing, SpeechStarted, SpeechStopped, Word
from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.items import BYTES_PER_MS

__all__ = ["Committed", "InputAudio", "decoded"]

SAMPLE_RATE_HZ = 24_000
COMMIT_MS_MIN = 100
APPEND_BYTES_MAX = 15 * 1024 * 1024

BUFFER_BYTES_MAX = 64 * 1024 * 1024
"""Some 23 minutes without a commit; from there on the oldest is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A stretch of the buffer that becomes a user's item."""

    words: tuple[Word, ...]
    pcm: bytes

    @property
    def transcript(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def lasts_s(self) -> float:
        return len(self.pcm) / BYTES_PER_MS / 1000


class InputAudio:
    """The buffer of one session."""

    def __init__(self, conversation: Conversation, *, silence_s: float) -> None:
        self._hearing = Hearing(conversation, sample_rate_hz=SAMPLE_RATE_HZ, silence_s=silence_s)
        self._buffer = bytearray()

    def listen(self, *, silence_s: float) -> None:
        """From now on, so much silence ends a turn."""
        self._hearing.silence_s = silence_s

    def append(self, pcm: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Take in audio; what was noticed in it, in order."""
        self._buffer += pcm
        del self._buffer[: max(0, len(self._buffer) - BUFFER_BYTES_MAX)]
        return self._hearing.heard(pcm)

    def take(self, stopped: SpeechStopped) -> Committed:
        """Empty the buffer, because a turn was heard to its end."""
        return self._taken(stopped.words)

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
        return self._taken(() if stopped is None else stopped.words)

    def clear(self) -> None:
        """Forget the buffer, and the turn that was going on in it."""
        self._hearing.end_turn()
        self._buffer.clear()

    def _taken(self, words: tuple[Word, ...]) -> Committed:
        committed = Committed(words=words, pcm=bytes(self._buffer))
        self._buffer.clear()
        return committed


def decoded(audio: object) -> bytes:
    """PCM from base64.

    Raises:
        Refused: If it is not base64, or more than 15 MiB.
    """
    if audio is None:
        raise Refused("missing_required_parameter", "Missing required parameter: 'audio'.", param="audio")
    try:
        pcm = base64.b64decode(audio, validate=True) if isinstance(audio, str) else None
    except (binascii.Error, ValueError):
        pcm = None
    if pcm is None:
        raise Refused("invalid_value", "Invalid value for 'audio': it is not base64.", param="audio")
    if len(pcm) > APPEND_BYTES_MAX:
        raise Refused("invalid_value", "Invalid value for 'audio': more than 15 MiB at once.", param="audio")
    return pcm
