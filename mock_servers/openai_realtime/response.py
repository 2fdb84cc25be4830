"""One response, from its creation to its end: what is said of it, when, and what it was when it ended early."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import dataclass
from typing import Any

from mock_servers.base.conversation import Reply
from mock_servers.openai_realtime.errors import ErrorDetails
from mock_servers.openai_realtime.items import BYTES_PER_MS, Item
from mock_servers.openai_realtime.messages import Event

__all__ = ["Ended", "Response", "Step"]

AUDIO_DELTA_MS = 100
"""Size and cadence of real audio deltas are not known (recordings shorten them)."""

FASTER_THAN_REAL_TIME = 4
WORD_EVERY_S = 0.02
"""A word lasts a quarter of a second, its audio leaves within 62 ms, and its transcript runs ahead of that."""

ARGUMENT_CHARACTERS = 8
TOKENS_PER_AUDIO_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a response ends. `status` is completed, cancelled, failed or incomplete."""

    status: str
    reason: str | None = None
    error: ErrorDetails | None = None

    def details(self) -> dict[str, Any] | None:
        if self.status == "completed":
            return None
        details: dict[str, Any] = {"type": self.status}
        if self.reason is not None:
            details["reason"] = self.reason
        if self.error is not None:
            details["error"] = self.error.of_response()
        return details


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something of a response that is due: an event, or its end."""

    at_s: float
    what: Event | Ended


class Response:
    """A response with one output item: a message, spoken or written, or a function call.

    Args:
        conversation_id: None for a response outside of the conversation, whose item does not enter it.
        pcm: The whole speech of the reply; empty for a written one.
        input_tokens: What was read to answer, as (text, audio, cached).
    """

    def __init__(
        self,
        *,
        response_id: str,
        item_id: str,
        call_id: str,
        conversation_id: str | None,
        settings: dict[str, Any],
        metadata: dict[str, str] | None,
        reply: Reply,
        pcm: bytes,
        input_tokens: tuple[int, int, int],
    ) -> None:
        self.id = response_id
        self.conversation_id = conversation_id
        self._settings = settings
        self._metadata = metadata
        self._reply = reply
        self._pcm = pcm
        self._input_tokens = input_tokens
        self._spoken = settings["output_modalities"] == ["audio"]
        self.item = Item(shape=self._first_shape(item_id, call_id))
        self._status = "in_progress"
        self._ended: Ended | None = None
        self._item_told = False
        self._part_told = False
        self._told = ""

    @property
    def audio_told(self) -> bool:
        return bool(self.item.audio)

    def created(self) -> Event:
        return Event(type="response.created", fields={"response": self.shape()})

    def steps(self, begin_s: float) -> list[Step]:
        """All that is told of a response that nothing disturbs, in order; the first at `begin_s`.

        `conversation.item.added` lacks its `previous_item_id`, which is known when the item enters the conversation.
        """
        opening = [self._of_item("response.output_item.added")]
        if self.conversation_id is not None:
            opening.append(Event(type="conversation.item.added", fields={"item": self._snapshot()}))
        if self._reply.tool_call is not None:
            deltas = self._argument_steps(begin_s)
        else:
            opening.append(self._of_part("response.content_part.added", ""))
            deltas = self._word_steps(begin_s) + (self._audio_steps(begin_s) if self._spoken else [])
        deltas.sort(key=lambda step: step.at_s)
        end_s = deltas[-1].at_s if deltas else begin_s
        return [
            *(Step(at_s=begin_s, what=event) for event in opening),
            *deltas,
            Step(at_s=end_s, what=Ended(status="completed")),
        ]

    def was_told(self, event: Event) -> None:
        """Remember what the client knows of it: an early end closes only what was opened."""
        match event.type:
            case "response.output_item.added":
                self._item_told = True
            case "response.content_part.added":
                self._part_told = True
                self.item.shape["content"] = [self._content("")]
            case "response.output_audio.delta":
                self.item.audio += event.audio
            case (
                "response.output_audio_transcript.delta"
                | "response.output_text.delta"
                | "response.function_call_arguments.delta"
            ):
                self._told += event.fields["delta"]

    def end(self, ended: Ended, *, previous_item_id: str | None) -> list[Event]:
        """The events that end it: those of its part and item, if they were told, and `response.done`.

        Their order is that of recordings: audio, transcript, part, `conversation.item.done`, `response.output_item.done`.
        """
        self._ended = ended
        self._status = ended.status
        closing: list[Event] = []
        if self._item_told:
            self.item.shape["status"] = "completed" if ended.status == "completed" else "incomplete"
            closing += self._closed_call() if self._reply.tool_call is not None else self._closed_part()
            if self.conversation_id is not None:
                fields = {"previous_item_id": previous_item_id, "item": self._snapshot()}
                closing.append(Event(type="conversation.item.done", fields=fields))
            closing.append(self._of_item("response.output_item.done"))
        return [*closing, Event(type="response.done", fields={"response": self.shape()})]

    def shape(self) -> dict[str, Any]:
        """The response as `response.created` and `response.done` show it; the order of the keys is the recorded one."""
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self._status,
            "status_details": None if self._ended is None else self._ended.details(),
            "output": [self._snapshot()] if self._item_told and self._ended is not None else [],
            "conversation_id": self.conversation_id,
            "output_modalities": self._settings["output_modalities"],
            "max_output_tokens": self._settings["max_output_tokens"],
            "audio": self._settings["audio"],
            "usage": None if self._ended is None else self.usage(),
            "metadata": self._metadata,
        }

    def usage(self) -> dict[str, Any]:
        """The tokens of this response alone. One that had said nothing yet has used none (barge-in captures)."""
        text, audio, cached = self._input_tokens if self._item_told else (0, 0, 0)
        said_text = len(self._told.split())
        said_audio = round(len(self.item.audio) / BYTES_PER_MS / 1000 * TOKENS_PER_AUDIO_S)
        cached_text = min(cached, text)
        return {
            "total_tokens": text + audio + said_text + said_audio,
            "input_tokens": text + audio,
            "output_tokens": said_text + said_audio,
            "input_token_details": {
                "text_tokens": text,
                "audio_tokens": audio,
                "image_tokens": 0,
                "cached_tokens": cached_text,
                "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": 0, "image_tokens": 0},
            },
            "output_token_details": {"text_tokens": said_text, "audio_tokens": said_audio},
        }

    # The item.

    def _first_shape(self, item_id: str, call_id: str) -> dict[str, Any]:
        call = self._reply.tool_call
        if call is not None:
            return {
                "id": item_id,
                "type": "function_call",
                "status": "in_progress",
                "call_id": call_id,
                "name": call.name,
                "arguments": "",
            }
        return {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant", "content": []}

    def _snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(self.item.shape)

    def _content(self, text: str) -> dict[str, Any]:
        # The same thing has two names: `audio` in a part's events, `output_audio` inside of an item.
        if self._spoken:
            return {"type": "output_audio", "transcript": text}
        return {"type": "output_text", "text": text}

    # The deltas.

    def _word_steps(self, begin_s: float) -> list[Step]:
        kind = "response.output_audio_transcript.delta" if self._spoken else "response.output_text.delta"
        words = self._reply.text.split()
        deltas = [word if place == 0 else " " + word for place, word in enumerate(words)]
        return [
            Step(at_s=begin_s + place * WORD_EVERY_S, what=Event(type=kind, fields=self._place() | {"delta": delta}))
            for place, delta in enumerate(deltas)
        ]

    def _audio_steps(self, begin_s: float) -> list[Step]:
        size = AUDIO_DELTA_MS * BYTES_PER_MS
        every_s = AUDIO_DELTA_MS / 1000 / FASTER_THAN_REAL_TIME
        steps = []
        for number, at in enumerate(range(0, len(self._pcm), size)):
            pcm = self._pcm[at : at + size]
            fields = self._place() | {"delta": base64.b64encode(pcm).decode()}
            event = Event(type="response.output_audio.delta", fields=fields, audio=pcm)
            steps.append(Step(at_s=begin_s + number * every_s, what=event))
        return steps

    def _argument_steps(self, begin_s: float) -> list[Step]:
        assert self._reply.tool_call is not None
        arguments = json.dumps(self._reply.tool_call.arguments)
        steps = []
        for number, at in enumerate(range(0, len(arguments), ARGUMENT_CHARACTERS)):
            fields = self._call_place() | {"delta": arguments[at : at + ARGUMENT_CHARACTERS]}
            event = Event(type="response.function_call_arguments.delta", fields=fields)
            steps.append(Step(at_s=begin_s + number * WORD_EVERY_S, what=event))
        return steps

    # The ends.

    def _closed_part(self) -> list[Event]:
        if not self._part_told:
            return []
        self.item.shape["content"] = [self._content(self._told)]
        if not self._spoken:
            text_done = Event(type="response.output_text.done", fields=self._place() | {"text": self._told})
            return [text_done, self._of_part("response.content_part.done", self._told)]
        return [
            Event(type="response.output_audio.done", fields=self._place()),
            Event(type="response.output_audio_transcript.done", fields=self._place() | {"transcript": self._told}),
            self._of_part("response.content_part.done", self._told),
        ]

    def _closed_call(self) -> list[Event]:
        self.item.shape["arguments"] = self._told
        fields = self._call_place() | {"name": self.item.shape["name"], "arguments": self._told}
        return [Event(type="response.function_call_arguments.done", fields=fields)]

    # Where something is.

    def _place(self) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": self.item.id, "output_index": 0, "content_index": 0}

    def _call_place(self) -> dict[str, Any]:
        return {
            "response_id": self.id,
            "item_id": self.item.id,
            "output_index": 0,
            "call_id": self.item.shape["call_id"],
        }

    def _of_item(self, kind: str) -> Event:
        return Event(type=kind, fields={"response_id": self.id, "output_index": 0, "item": self._snapshot()})

    def _of_part(self, kind: str, text: str) -> Event:
        part = {"type": "audio", "transcript": text} if self._spoken else {"type": "text", "text": text}
        return Event(type=kind, fields=self._place() | {"part": part})
