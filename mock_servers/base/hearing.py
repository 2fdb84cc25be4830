"""What a mock hears in a caller's audio: turns, and the words of each, computed from the samples."""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.conversation import Conversation

__all__ = ["Hearing", "SpeechStarted", "SpeechStopped", "Word"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One recognised word. Times are seconds of audio received on this connection; `cell` is its place in the caller's
    own stream (position / SECONDS_PER_WORD), so a cell that was lost on the way is a word that is never heard."""

    text: str
    start_s: float
    end_s: float
    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    at_audio_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    """`silence_s` after the last speech; `words` are those of the turn."""

    at_audio_s: float
    words: tuple[Word, ...]


class Hearing:
    """Voice activity and recognition on one connection.

    Audio time counts from the connection's first sample. Speech that carries no positions (a real microphone) gets its
    cells from how much speech there was.
    """

    def __init__(self, conversation: Conversation, *, sample_rate_hz: int, silence_s: float) -> None:
        raise NotImplementedError

    @property
    def audio_s(self) -> float:
        """Seconds of audio received."""
        raise NotImplementedError

    @property
    def speaking(self) -> bool:
        raise NotImplementedError

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the turn that is going on, or of the last one."""
        raise NotImplementedError

    def heard(self, pcm: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Take in audio in any chunking, also odd byte counts."""
        raise NotImplementedError

    def end_turn(self) -> SpeechStopped | None:
        """The turn ends now (a commit, an activityEnd, a Finalize); None if nobody spoke."""
        raise NotImplementedError
