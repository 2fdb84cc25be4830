"""A model's turn as a plan: which message goes out how long after the answer has begun."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.gemini_live.client_messages import AudioTranscription
from mock_servers.gemini_live.flavour import GEMINI_API, Flavour
from mock_servers.gemini_live.server_messages import audio_part, server_content, text_part
from mock_servers.gemini_live.transcription import said_words, transcription
from mock_servers.gemini_live.usage import NO_TOKENS, Tokens, usage_metadata

__all__ = ["AGENT_RATE_HZ", "Manner", "Step", "Turn", "cut", "delayed", "model_turn", "spoken", "written"]

AGENT_RATE_HZ = 24_000
"""16-bit mono PCM, ai.google.dev/gemini-api/docs/live."""

FIRST_CHUNK_BYTES = 9_600
CHUNK_BYTES = 11_520
"""200 ms, then 240 ms a message: js-genai@6e9b35c4, test/system/recordings, live_*."""

TEXT_EVERY_S = 0.04

_BYTES_PER_S = AGENT_RATE_HZ * 2


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How turns are told on one connection.

    Attributes:
        transcribed: What the setup asks for about the model's words; None for no transcripts.
        packs_fields: Audio and transcript share a message, and each is followed by what it cost.
        pace: How many times faster than it is spoken audio goes out.
        language: What the transcripts name as their language.
    """

    flavour: Flavour = GEMINI_API
    transcribed: AudioTranscription | None = None
    packs_fields: bool = False
    pace: float = 5.0
    language: str = ""
    before: tuple[dict[str, Any], ...] = ()
    """Parts that go out before the answer, a message each: thoughts, code."""
    behind: dict[str, Any] = field(default_factory=dict)
    """Fields of the message that goes out between the answer and generationComplete."""


def spoken(text: str, pcm: bytes, manner: Manner) -> Turn:
    """`pcm` in chunks, each with the transcript of the words that begin in it, then `generationComplete`."""
    words = text.split()
    steps = _beforehand(manner)
    told = 0
    for start, chunk in cut(pcm):
        after_s = start / _BYTES_PER_S / manner.pace
        begun = -(-(start + len(chunk)) // int(SECONDS_PER_WORD * _BYTES_PER_S))
        piece = _piece(words, told, begun)
        fields = model_turn(manner.flavour, audio_part(chunk, manner.flavour.audio_mime_type))
        steps += _chunk(Step(after_s=after_s, message=fields, audio=chunk, text=piece), words[told:begun], told, manner)
        told = max(told, begun)
    return _complete(steps, manner, over_after_s=len(pcm) / _BYTES_PER_S)


def written(text: str, manner: Manner) -> Turn:
    """`text` in pieces, the first of one word and the next larger, as the recordings have it."""
    words = text.split()
    steps = _beforehand(manner)
    first, told, size = len(steps), 0, 1
    while told < len(words):
        piece = _piece(words, told, told + size)
        message = server_content(**model_turn(manner.flavour, text_part(piece)))
        steps.append(Step(after_s=(len(steps) - first) * TEXT_EVERY_S, message=message, text=piece))
        told, size = told + size, min(size * 4, 32)
    return _complete(steps, manner, over_after_s=0.0)


def delayed(turn: Turn, jitter_s: float, chance: random.Random) -> Turn:
    """The same with each message late by up to `jitter_s`, none before the one ahead of it; the first is on time."""
    if not jitter_s:
        return turn
    steps, last_s = list(turn.steps[:1]), 0.0
    for step in turn.steps[1:]:
        last_s = max(last_s, step.after_s + chance.uniform(0.0, jitter_s))
        steps.append(replace(step, after_s=last_s))
    return Turn(steps=tuple(steps), over_after_s=max(turn.over_after_s, last_s))


def cut(pcm: bytes) -> Iterable[tuple[int, bytes]]:
    """The audio as messages carry it, each with its place."""
    start = 0
    while start < len(pcm):
        end = start + (CHUNK_BYTES if start else FIRST_CHUNK_BYTES)
        yield start, pcm[start:end]
        start = end


def model_turn(flavour: Flavour, *parts: dict[str, Any]) -> dict[str, Any]:
    """The field `modelTurn`."""
    turn: dict[str, Any] = {"role": "model"} if flavour.names_role else {}
    return {"modelTurn": turn | {"parts": list(parts)}}


def _beforehand(manner: Manner) -> list[Step]:
    messages = [server_content(**model_turn(manner.flavour, part)) for part in manner.before]
    if manner.transcribed is not None and manner.flavour.begins_transcripts_empty:
        messages.append(server_content(outputTranscription={}))
    return [Step(after_s=0.0, message=message) for message in messages]


def _chunk(audio: Step, words: list[str], first: int, manner: Manner) -> list[Step]:
    """The messages of one chunk of audio, which comes as fields, not yet a message."""
    fields, transcript = audio.message, {}
    if manner.transcribed is not None and audio.text:
        spoken_words = said_words(words, first=first)
        heard = transcription(audio.text, manner.transcribed, words=spoken_words, language=manner.language)
        transcript = {"outputTranscription": heard}
    if manner.packs_fields:
        cost = usage_metadata(NO_TOKENS, Tokens.of(audio_s=len(audio.audio) / _BYTES_PER_S))
        return [
            replace(audio, message=server_content(**fields, **transcript)),
            Step(after_s=audio.after_s, message={"usageMetadata": cost}),
        ]
    steps = [replace(audio, message=server_content(**fields))]
    return steps + ([Step(after_s=audio.after_s, message=server_content(**transcript))] if transcript else [])


def _complete(steps: list[Step], manner: Manner, *, over_after_s: float) -> Turn:
    done_s = steps[-1].after_s if steps else 0.0
    last: list[dict[str, Any]] = []
    if manner.transcribed is not None and manner.flavour.finishes_transcripts and over_after_s:
        last.append(server_content(outputTranscription={"finished": True}))
    if manner.behind:
        last.append(server_content(**manner.behind))
    last.append(server_content(generationComplete=True))
    ending = [Step(after_s=done_s, message=message) for message in last]
    return Turn(steps=(*steps, *ending), over_after_s=max(done_s, over_after_s))


def _piece(words: list[str], start: int, end: int) -> str:
    """These words as they follow on the ones before them: pieces put together give the text."""
    piece = " ".join(words[start:end])
    return f" {piece}" if piece and start else piece
