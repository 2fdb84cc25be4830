"""One response, from its creation to its end: what is told of it, when, and what it was when it ended early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mock_servers.openai_realtime.errors import ErrorDetails
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.json_copy import copied
from mock_servers.openai_realtime.outputs import Output
from mock_servers.openai_realtime.sound import BYTES_PER_MS
from mock_servers.openai_realtime.tokens import Tokens, of_delta, usage

__all__ = ["Done", "Ended", "Move", "Opened", "Response"]

LINGERS_S = 0.05
"""An item stays open for so long after the next one has begun (pydantic-ai's parity cassettes of August 2026 show that it
does; how long is ours)."""


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
class Opened:
    """An output item begins."""

    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An output item has come to its end."""

    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something of a response that is due: an item begins, an event of it, its end, or the end of the response."""

    at_s: float
    what: Opened | Event | Done | Ended


class Response:
    """A response and its output items.

    Args:
        conversation_id: None for a response outside of the conversation, whose items do not enter it.
        settings: Of its session, with what this response was asked for in their place.
        read, cached: What was read to answer, and how much of that had been read for the last response.
    """

    def __init__(
        self,
        *,
        response_id: str,
        conversation_id: str | None,
        settings: dict[str, Any],
        metadata: dict[str, str] | None,
        read: Tokens,
        cached: Tokens,
    ) -> None:
        self.id = response_id
        self.conversation_id = conversation_id
        self.is_created = False
        self.is_ending = False
        self.outputs: Sequence[Output] = ()
        self._settings = settings
        self._metadata = metadata
        self._read = read
        self._cached = cached
        self._status = "in_progress"
        self._ended: Ended | None = None
        self._open: list[Output] = []
        self._told: list[Output] = []
        self._said_text = 0.0
        self._said_audio = 0.0

    @property
    def audio_s(self) -> float:
        """How much of it can be heard so far, in seconds."""
        return sum(len(output.item.audio) for output in self._told) / BYTES_PER_MS / 1000

    @property
    def open_outputs(self) -> list[Output]:
        """The items that were begun and not closed."""
        return list(self._open)

    def plan(self, begin_s: float, *, filtered: bool = False) -> list[Move]:
        """All that is told of a response that nothing disturbs, in order; the first at `begin_s`.

        `max_output_tokens` cuts it, and so does the content filter if it is `filtered`.
        """
        moves: list[Move] = []
        at_s, end_s = begin_s, begin_s
        for output in self.outputs:
            moves.append(Move(at_s=at_s, what=Opened(output=output)))
            steps = output.steps(at_s)
            moves += [Move(at_s=step.at_s, what=step.event) for step in steps]
            ready_s = steps[-1].at_s if steps else at_s
            is_last = output is self.outputs[-1]
            end_s = max(end_s, ready_s if is_last else ready_s + LINGERS_S)
            moves.append(Move(at_s=ready_s if is_last else ready_s + LINGERS_S, what=Done(output=output)))
            at_s = ready_s
        moves.sort(key=lambda move: move.at_s)
        return self._cut([*moves, Move(at_s=end_s, what=Ended(status="completed"))], filtered=filtered)

    def _cut(self, moves: list[Move], *, filtered: bool) -> list[Move]:
        allowed = self._settings["max_output_tokens"]
        spent, half = 0.0, sum(isinstance(move.what, Event) for move in moves) // 2
        told = 0
        for place, move in enumerate(moves):
            if not isinstance(move.what, Event):
                continue
            spent += of_delta(move.what)
            told += 1
            if allowed != "inf" and spent > allowed:
                return [*moves[:place], Move(at_s=move.at_s, what=_incomplete("max_output_tokens"))]
            if filtered and told > half:
                return [*moves[:place], Move(at_s=move.at_s, what=_incomplete("content_filter"))]
        return moves

    def opened(self, output: Output) -> list[Event]:
        """The events that begin an item; of `conversation.item.added` the caller has to say where it stands."""
        self._open.append(output)
        self._told.append(output)
        added = [self._of_item("response.output_item.added", output)]
        if self.conversation_id is not None:
            added.append(Event(type="conversation.item.added", fields={"item": copied(output.item.shape)}))
        return [*added, *output.opening()]

    def was_told(self, event: Event) -> None:
        """Remember what the client knows: an early end closes only what was opened."""
        item_id = event.fields.get("item_id")
        for output in self._told:
            if output.item.id == item_id:
                output.was_told(event)
        if event.type == "response.output_audio.delta":
            self._said_audio += of_delta(event)
        else:
            self._said_text += of_delta(event)

    def done(self, output: Output, *, status: str = "completed", previous_item_id: str | None) -> list[Event]:
        """The events that close an item, in the order of recordings: its content, `conversation.item.done`,
        `response.output_item.done`."""
        self._open.remove(output)
        closing = output.closing()
        if "status" in output.item.shape:
            output.item.shape["status"] = status
        if self.conversation_id is not None:
            fields = {"previous_item_id": previous_item_id, "item": copied(output.item.shape)}
            closing.append(Event(type="conversation.item.done", fields=fields))
        return [*closing, self._of_item("response.output_item.done", output)]

    def dropped(self, output: Output) -> None:
        """An item is closed without a word."""
        self._open.remove(output)
        output.closing()
        if "status" in output.item.shape:
            output.item.shape["status"] = "incomplete"

    def end(self, ended: Ended) -> Event:
        """`response.done`; all its items are closed."""
        self._ended = ended
        self._status = ended.status
        return Event(type="response.done", fields={"response": self.shape()})

    def shape(self) -> dict[str, Any]:
        """The response as `response.created` and `response.done` show it; the order of the keys is the recorded one."""
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self._status,
            "status_details": None if self._ended is None else self._ended.details(),
            "output": [] if self._ended is None else [copied(output.item.shape) for output in self._told],
            "conversation_id": self.conversation_id,
            "output_modalities": self._settings["output_modalities"],
            "max_output_tokens": self._settings["max_output_tokens"],
            "audio": self._settings["audio"],
            "usage": None if self._ended is None else self.usage(),
            "metadata": self._metadata,
        }

    def usage(self) -> dict[str, Any]:
        """The tokens of this response. One that had said nothing yet has used none (barge-in captures)."""
        if not self._told:
            return usage(read=Tokens(), cached=Tokens(), said=Tokens())
        said = Tokens(text=round(self._said_text), audio=round(self._said_audio))
        return usage(read=self._read, cached=self._cached, said=said)

    def _of_item(self, kind: str, output: Output) -> Event:
        fields = {
            "response_id": self.id,
            "output_index": output.place.output_index,
            "item": copied(output.item.shape),
        }
        return Event(type=kind, fields=fields)


def _incomplete(reason: str) -> Ended:
    return Ended(status="incomplete", reason=reason)
