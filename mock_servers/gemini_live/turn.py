"""A model's turn as a plan: which message goes out how long after the answer has begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.gemini_live.flavour import Flavour
from mock_servers.gemini_live.server_messages import audio_part, server_content, text_part

__all__ = ["AGENT_RATE_HZ", "Step", "Turn", "spoken", "written"]

AGENT_RATE_HZ = 24_000
"""16-bit mono PCM, ai.google.dev/gemini-api/docs/live."""

CHUNK_S = 0.2
"""9,600 bytes a message: js-genai@6e9b35c4, test/system/recordings, live_*."""

PACE = 5.0
"""How many times faster than it is spoken the audio arrives. The proto says only that generation outpaces playback."""

_BYTES_PER_S = AGENT_RATE_HZ * 2
_CHUNK_BYTES = int(CHUNK_S * _BYTES_PER_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message, `after_s` seconds after the first; `text` are the words that the caller has heard or read by it."""

    after_s: float
    message: dict[str, Any]
    audio: bytes = b""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The steps in order of time, and when the turn is over: spoken audio is given the time that playing it takes."""

    steps: tuple[Step, ...]
    over_after_s: float


def spoken(text: str, pcm: bytes, flavour: Flavour, *, transcribed: bool) -> Turn:
    """`pcm` in chunks, each followed by the transcript of the words that begin in it, then `generationComplete`."""
    words = text.split()
    steps: list[Step] = []
    told = 0
    for number, start in enumerate(range(0, len(pcm), _CHUNK_BYTES)):
        chunk = pcm[start : start + _CHUNK_BYTES]
        after_s = number * CHUNK_S / PACE
        begun = -(-(start + len(chunk)) // int(SECONDS_PER_WORD * _BYTES_PER_S))
        piece = _piece(words, told, begun)
        part = audio_part(chunk, flavour.audio_mime_type)
        steps.append(Step(after_s=after_s, message=_model_turn(part, flavour), audio=chunk, text=piece))
        if transcribed and piece:
            steps.append(Step(after_s=after_s, message=server_content(outputTranscription={"text": piece})))
        told = max(told, begun)
    return _complete(steps, over_after_s=len(pcm) / _BYTES_PER_S)


def written(text: str, flavour: Flavour) -> Turn:
    """`text` in pieces, the first of one word and the next larger, as the recordings have it."""
    words = text.split()
    steps: list[Step] = []
    told, size = 0, 1
    while told < len(words):
        piece = _piece(words, told, told + size)
        message = _model_turn(text_part(piece), flavour)
        steps.append(Step(after_s=len(steps) * CHUNK_S / PACE, message=message, text=piece))
        told, size = told + size, min(size * 4, 32)
    return _complete(steps, over_after_s=0.0)


def _piece(words: list[str], start: int, end: int) -> str:
    """These words as they follow on the ones before them: pieces put together give the text."""
    piece = " ".join(words[start:end])
    return f" {piece}" if piece and start else piece


def _model_turn(part: dict[str, Any], flavour: Flavour) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": "model"} if flavour.names_role else {}
    return server_content(modelTurn=turn | {"parts": [part]})


def _complete(steps: list[Step], *, over_after_s: float) -> Turn:
    done_s = steps[-1].after_s if steps else 0.0
    complete = Step(after_s=done_s, message=server_content(generationComplete=True))
    return Turn(steps=(*steps, complete), over_after_s=max(done_s, over_after_s))
