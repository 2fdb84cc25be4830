"""Transcriptions, of the caller and of the model: the text, and what else the setup asked for about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_servers.base.hearing import Word
from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.gemini_live.client_messages import AudioTranscription
from mock_servers.gemini_live.server_messages import duration

__all__ = ["said_words", "transcription"]

SPEAKER = "spk_1"
"""The only one on a line; the form is that of python-genai 3.4.0, types.py, Transcription."""


def transcription(
    text: str,
    asked: AudioTranscription,
    *,
    words: Sequence[Word] = (),
    language: str = "",
    timed: bool = False,
    finished: bool = False,
) -> dict[str, Any]:
    """A `Transcription`, with its fields at their defaults left out.

    Args:
        words: The words of the text, in seconds of the audio that they are in.
        language: The language, where it is known otherwise than by the setup's hint.
        timed: Tell when the text begins and ends, also where no times of words were asked for.
        finished: There is no more to come of this turn.
    """
    told: dict[str, Any] = {"text": text} if text else {}
    if finished:
        told["finished"] = True
    if text and (code := language or _hinted(asked)):
        told["languageCode"] = code
    if text and asked.diarization:
        told["speakerLabel"] = SPEAKER
    if words and asked.word_timestamp:
        told["words"] = [{"word": word.text, **_offsets(word.start_s, word.end_s)} for word in words]
    if words and (asked.word_timestamp or timed):
        told |= _offsets(words[0].start_s, words[-1].end_s)
    return told


def said_words(words: Sequence[str], *, first: int) -> tuple[Word, ...]:
    """The model's words from the `first` on, when they are heard in its audio."""
    return tuple(
        Word(text=word, start_s=cell * SECONDS_PER_WORD, end_s=(cell + 1) * SECONDS_PER_WORD, cell=cell)
        for cell, word in enumerate(words, start=first)
    )


def _offsets(start_s: float, end_s: float) -> dict[str, str]:
    return {"startOffset": duration(start_s), "endOffset": duration(end_s)}


def _hinted(asked: AudioTranscription) -> str:
    return asked.language_codes[0] if asked.language_codes else ""
