"""What a mock hears in a caller's audio: turns, and the words of each, computed from the samples."""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import CALLER_STREAM, SECONDS_PER_WORD, decode, is_speech

__all__ = ["Hearing", "SpeechStarted", "SpeechStopped", "Word"]

BLOCKS_PER_SECOND = 100
"""Whether somebody speaks is decided for blocks of 10 ms."""


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
    cells from how much speech there was. A word is heard where the middle of its cell is: so each word is heard once,
    also where a cut between two connections goes through it.

    Args:
        sample_rate_hz: Of the caller's 16-bit mono PCM.
        silence_s: A turn ends so long after its last speech; infinity leaves it to `end_turn`.
    """

    def __init__(self, conversation: Conversation, *, sample_rate_hz: int, silence_s: float) -> None:
        self._conversation = conversation
        self._bytes_per_s = 2 * sample_rate_hz
        self._block_bytes = 2 * (sample_rate_hz // BLOCKS_PER_SECOND)
        self._cell_bytes = round(SECONDS_PER_WORD * self._bytes_per_s)
        self.silence_s = silence_s
        self._undecided = b""
        self._decided_bytes = 0
        self._speech_end_s = 0.0
        self._expected: int | None = None
        self._positions_known = False
        self._unmarked_bytes = 0
        self._speaking = False
        self._words: list[Word] = []

    @property
    def audio_s(self) -> float:
        """Seconds of audio received."""
        return (self._decided_bytes + len(self._undecided)) / self._bytes_per_s

    @property
    def speaking(self) -> bool:
        return self._speaking

    @property
    def spoken_until_s(self) -> float:
        """Where the last speech ended, in seconds of audio received."""
        return self._speech_end_s

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the turn that is going on, or of the last one."""
        return tuple(self._words)

    def heard(self, pcm: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Take in audio in any chunking, also odd byte counts."""
        changes: list[SpeechStarted | SpeechStopped] = []
        self._undecided += pcm
        whole = len(self._undecided) // self._block_bytes * self._block_bytes
        blocks, self._undecided = self._undecided[:whole], self._undecided[whole:]
        for at in range(0, whole, self._block_bytes):
            changes += self._block(blocks[at : at + self._block_bytes])
        return changes

    def end_turn(self) -> SpeechStopped | None:
        """The turn ends now (a commit, an activityEnd, a Finalize); None if nobody spoke."""
        if not self._speaking:
            return None
        self._speaking = False
        return SpeechStopped(at_audio_s=self.audio_s, words=self.words)

    def _block(self, block: bytes) -> list[SpeechStarted | SpeechStopped]:
        began_s = self._decided_bytes / self._bytes_per_s
        self._decided_bytes += len(block)
        ended_s = self._decided_bytes / self._bytes_per_s
        changes: list[SpeechStarted | SpeechStopped] = []
        if is_speech(block):
            if not self._speaking:
                self._speaking = True
                self._words = []
                changes.append(SpeechStarted(at_audio_s=began_s))
            self._speech_end_s = ended_s
            self._recognise(block, began_s)
        elif self._speaking and ended_s >= self._speech_end_s + self.silence_s:
            self._speaking = False
            changes.append(SpeechStopped(at_audio_s=ended_s, words=self.words))
        return changes

    def _recognise(self, block: bytes, began_s: float) -> None:
        runs = decode(block, stream=CALLER_STREAM, expected=self._expected)
        self._expected = runs[-1].end if runs else None
        for run in runs:
            self._middles(run.start, run.end, began_s + run.at / self._bytes_per_s)
        if runs:
            self._positions_known = True
        elif not self._positions_known:
            start = self._unmarked_bytes
            self._unmarked_bytes += len(block)
            self._middles(start, self._unmarked_bytes, began_s)

    def _middles(self, start: int, end: int, at_s: float) -> None:
        """Hear the words whose middle lies in the bytes `start` to `end` of the caller's stream, which began at `at_s`."""
        half = self._cell_bytes // 2
        cell = -(-(start - half) // self._cell_bytes)
        while (middle := cell * self._cell_bytes + half) < end:
            middle_s = at_s + (middle - start) / self._bytes_per_s
            self._words.append(
                Word(
                    text=self._conversation.word(cell),
                    start_s=max(0.0, middle_s - SECONDS_PER_WORD / 2),
                    end_s=middle_s + SECONDS_PER_WORD / 2,
                    cell=cell,
                )
            )
            cell += 1
