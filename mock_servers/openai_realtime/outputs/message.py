"""A message: spoken, with its transcript running ahead of its sound, or written."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass
from typing import Any

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.outputs.output import Place, Step, fields_of
from mock_servers.openai_realtime.sound import BYTES_PER_MS, Sound, to_wire

__all__ = ["Message", "Pace"]

WORD_EVERY_S = 0.02
"""A word lasts a quarter of a second, its audio leaves within 62 ms, and its transcript runs ahead of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a message is sent. Audio has deadlines counted from its first byte, so nothing adds up."""

    speedup: float
    audio_delta_ms: int
    word_jitter_s: float
    chance: random.Random


class Message:
    """One message of the assistant.

    Args:
        pcm: The whole speech; None for a written message.
        sound: The format on the wire.
        phase: `commentary` for what is said on the way, as models of the second generation do; None is not told.
    """

    def __init__(
        self,
        place: Place,
        *,
        item_id: str,
        text: str,
        pcm: bytes | None,
        sound: Sound,
        pace: Pace,
        phase: str | None = None,
    ) -> None:
        self.place = place
        shape: dict[str, Any] = {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant"}
        if phase is not None:
            shape["phase"] = phase
        self.item = Item(shape=shape | {"content": []})
        self._text = text
        self._pcm = pcm
        self._sound = sound
        self._pace = pace
        self._is_open = False
        self._told = ""

    def opening(self) -> list[Event]:
        return [Event(type="response.content_part.added", fields=self._fields(part=self._part("")))]

    def steps(self, begin_s: float) -> list[Step]:
        steps = self._words(begin_s) + self._audio(begin_s)
        # Equal times keep their order: the transcript first.
        return sorted(steps, key=lambda step: step.at_s)

    def was_told(self, event: Event) -> None:
        match event.type:
            case "response.content_part.added":
                self._is_open = True
                self.item.shape["content"] = [self._content("")]
            case "response.output_audio.delta":
                self.item.audio += event.audio
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                self._told += event.fields["delta"]

    def closing(self) -> list[Event]:
        """In the order of recordings: audio, transcript, part."""
        if not self._is_open:
            return []
        self._is_open = False
        self.item.shape["content"] = [self._content(self._told)]
        part_done = Event(type="response.content_part.done", fields=self._fields(part=self._part(self._told)))
        if self._pcm is None:
            return [Event(type="response.output_text.done", fields=self._fields(text=self._told)), part_done]
        return [
            Event(type="response.output_audio.done", fields=self._fields()),
            Event(type="response.output_audio_transcript.done", fields=self._fields(transcript=self._told)),
            part_done,
        ]

    def _words(self, begin_s: float) -> list[Step]:
        kind = "response.output_text.delta" if self._pcm is None else "response.output_audio_transcript.delta"
        words = self._text.split()
        jitter_s = self._pace.word_jitter_s
        times_s = sorted(
            begin_s + place * WORD_EVERY_S + self._pace.chance.uniform(0.0, jitter_s) for place in range(len(words))
        )
        return [
            Step(at_s=at_s, event=Event(type=kind, fields=self._fields(delta=word if place == 0 else " " + word)))
            for place, (at_s, word) in enumerate(zip(times_s, words, strict=True))
        ]

    def _audio(self, begin_s: float) -> list[Step]:
        pcm = self._pcm or b""
        size = self._pace.audio_delta_ms * BYTES_PER_MS
        every_s = self._pace.audio_delta_ms / 1000 / self._pace.speedup
        steps = []
        for number, at in enumerate(range(0, len(pcm), size)):
            piece = pcm[at : at + size]
            fields = self._fields(delta=base64.b64encode(to_wire(piece, self._sound)).decode())
            event = Event(type="response.output_audio.delta", fields=fields, audio=piece)
            # The jitter of the first word is not to put it behind the first sound.
            steps.append(Step(at_s=begin_s + self._pace.word_jitter_s + number * every_s, event=event))
        return steps

    def _content(self, text: str) -> dict[str, Any]:
        # The same thing has two names: `audio` in a part's events, `output_audio` inside of an item.
        if self._pcm is None:
            return {"type": "output_text", "text": text}
        return {"type": "output_audio", "transcript": text}

    def _part(self, text: str) -> dict[str, Any]:
        return {"type": "text", "text": text} if self._pcm is None else {"type": "audio", "transcript": text}

    def _fields(self, **more: Any) -> dict[str, Any]:
        return fields_of(self.place, self.item.id, content_index=0, **more)
