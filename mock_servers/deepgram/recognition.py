"""When a channel's words are told: interims each second, finals that tile the audio, the ends of utterances.

The clock is audio, not time: what is told depends on the audio received and on nothing else, also not on its chunking.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import Hearing, SpeechStarted, SpeechStopped, Word

__all__ = ["Recognition", "SpeechBegan", "Told", "UtteranceEnded", "Window"]

FIRST_INTERIM_S = 1.08
"""Audio in the first interim of a window. Source: a public capture of /v1/listen of 2026-08-25."""
INTERIM_EVERY_S = 1.0
WINDOW_S_MAX = FIRST_INTERIM_S + 4 * INTERIM_EVERY_S
"""Speech without a pause is finalised in windows of about this length."""
_UNSURE_S = 0.3
"""The newest words of such a window stay open, so that its final covers less than the last interim."""
_VOICE_ACTIVITY_SILENCE_S = 0.5
"""Tells two stretches of speech apart where the client has switched endpointing off; the service's figure is unknown."""
_STEPS_PER_SECOND = 100
"""`Hearing` decides as often, so that a step brings one change at most."""
_ROUNDING_S = 1e-9


class Told:
    """Something that the client of a channel is told. Times are seconds of audio on this connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Told):
    """A stretch of audio with its words: an interim, or a final, which begins where the one before it ended."""

    start_s: float
    end_s: float
    words: tuple[Word, ...]
    is_final: bool = False
    speech_final: bool = False
    from_finalize: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechBegan(Told):
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceEnded(Told):
    last_word_end_s: float


class Recognition:
    """One channel of one connection.

    Args:
        sample_rate_hz: Of 16-bit mono PCM.
        endpointing_s: Silence after which speech is final; None for never.
        interims: Whether windows are told before they are final.
        utterance_end_s: Gap between words that ends an utterance; None tells no ends.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        sample_rate_hz: int,
        endpointing_s: float | None,
        interims: bool,
        utterance_end_s: float | None,
    ) -> None:
        silence_s = _VOICE_ACTIVITY_SILENCE_S if endpointing_s is None else endpointing_s
        self._hearing = Hearing(conversation, sample_rate_hz=sample_rate_hz, silence_s=silence_s)
        self._endpointing = endpointing_s is not None
        self._interims = interims
        self._step_bytes = 2 * (sample_rate_hz // _STEPS_PER_SECOND)
        self._into_step = 0
        self._start_s = 0.0
        self._next_interim_s = FIRST_INTERIM_S
        # Words of turns that are over and not final yet (only without endpointing), and how many words of the turn
        # that is going on are final already.
        self._carried: tuple[Word, ...] = ()
        self._taken = 0
        self._gaps = _Gaps(utterance_end_s) if utterance_end_s is not None else None

    @property
    def audio_s(self) -> float:
        return self._hearing.audio_s

    def heard(self, pcm: bytes) -> list[Told]:
        """Take in audio, in any chunking."""
        told: list[Told] = []
        while pcm:
            piece, pcm = pcm[: self._step_bytes - self._into_step], pcm[self._step_bytes - self._into_step :]
            for change in self._hearing.heard(piece):
                told += self._changed(change)
            self._into_step += len(piece)
            if self._into_step == self._step_bytes:
                self._into_step = 0
                told += self._stepped()
        return told

    def finalized(self, *, even_if_empty: bool = False) -> list[Told]:
        """The client asks for all that was heard. Voice activity goes on: the turn may be ended by silence later on."""
        if not self._open() and not even_if_empty:
            return []
        return self._final(self.audio_s, self._pending(), from_finalize=True)

    def closed(self) -> list[Told]:
        """No more audio will come: the last final, if any audio is not final yet."""
        return self._final(self.audio_s, self._pending(), speech_final=self._hearing.speaking) if self._open() else []

    def _changed(self, change: SpeechStarted | SpeechStopped) -> list[Told]:
        match change:
            case SpeechStarted():
                return [SpeechBegan(at_s=change.at_audio_s)]
            case SpeechStopped():
                self._carried, self._taken = self._carried + change.words[self._taken :], 0
                return self._final(change.at_audio_s, self._carried, speech_final=True) if self._endpointing else []

    def _stepped(self) -> list[Told]:
        told: list[Told] = []
        if self._interims and self.audio_s >= self._next_interim_s - _ROUNDING_S:
            self._next_interim_s += INTERIM_EVERY_S
            told += self._window(self.audio_s, self._pending())
        if self.audio_s >= self._start_s + WINDOW_S_MAX - _ROUNDING_S:
            words = self._pending()
            sure = tuple(word for word in words if word.end_s <= self.audio_s - _UNSURE_S)
            told += self._final(words[len(sure)].start_s if sure != words else self.audio_s, sure)
        return told

    def _open(self) -> bool:
        return self.audio_s > self._start_s

    def _pending(self) -> tuple[Word, ...]:
        return self._carried + (self._hearing.words[self._taken :] if self._hearing.speaking else ())

    def _final(
        self, end_s: float, words: tuple[Word, ...], *, speech_final: bool = False, from_finalize: bool = False
    ) -> list[Told]:
        """A final with the first of the pending words, which are never told again."""
        told = self._window(end_s, words, is_final=True, speech_final=speech_final, from_finalize=from_finalize)
        carried = len(self._carried)
        self._carried, self._taken = self._carried[len(words) :], self._taken + max(0, len(words) - carried)
        self._start_s = end_s
        self._next_interim_s = end_s + FIRST_INTERIM_S
        return told

    def _window(
        self,
        end_s: float,
        words: tuple[Word, ...],
        *,
        is_final: bool = False,
        speech_final: bool = False,
        from_finalize: bool = False,
    ) -> list[Told]:
        window = Window(
            start_s=self._start_s,
            end_s=end_s,
            words=tuple(_within(word, self._start_s, end_s, is_final) for word in words),
            is_final=is_final,
            speech_final=speech_final,
            from_finalize=from_finalize,
        )
        return [window, *(self._gaps.seen(window) if self._gaps is not None else ())]


class _Gaps:
    """Ends of utterances: found between words, whenever a window is told, and independent of voice activity."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._last_end_s = 0.0
        # An interim repeats the words of the one before it, which may have ended an utterance already.
        self._told_until_s = 0.0

    def seen(self, window: Window) -> list[UtteranceEnded]:
        ends: list[UtteranceEnded] = []
        for word in window.words:
            ends += self._gap_until(word.start_s)
            self._last_end_s = max(self._last_end_s, word.end_s)
        return ends + self._gap_until(window.end_s)

    def _gap_until(self, at_s: float) -> list[UtteranceEnded]:
        if self._last_end_s <= self._told_until_s or at_s - self._last_end_s < self._gap_s - _ROUNDING_S:
            return []
        self._told_until_s = self._last_end_s
        return [UtteranceEnded(last_word_end_s=self._last_end_s)]


def _within(word: Word, start_s: float, end_s: float, is_final: bool) -> Word:
    """The word as far as it lies in the window: a word may be recognised before its last sample has come.

    An interim can only guess how such a word goes on; its beginning is told, and revised by the next result.
    """
    text = word.text if is_final or word.end_s <= end_s + _ROUNDING_S else word.text[: (len(word.text) + 1) // 2]
    return Word(text=text, start_s=max(word.start_s, start_s), end_s=min(word.end_s, end_s), cell=word.cell)
