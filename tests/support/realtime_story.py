"""A hand-driven OpenAI Realtime session: no server, no clock but the one that the story winds."""

from __future__ import annotations

import base64
import json
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Answer, Close, Heard, Request, Send
from mock_servers.base.trouble import Trouble
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.openai_realtime import OpenAIRealtime, Settings

BYTES_PER_S = 48_000

AT_ONCE = Settings(processing_s=0.0)
"""For stories that are not about the time between a client's event and what it does."""


def request(path: str = "/v1/realtime", *, headers: tuple[tuple[str, str], ...] = (), **query: str) -> Request:
    return Request(
        method="GET",
        path=path,
        query=tuple(query.items()),
        headers=(("authorization", "Bearer sk-mock"), *headers),
        is_upgrade=True,
    )


def openai(settings: Settings = AT_ONCE, **conversation: Any) -> OpenAIRealtime:
    """A vendor with the same words and dates for everybody."""
    conversed = Conversation(**{"seed": 1, **conversation})
    return OpenAIRealtime(conversed, settings=settings, unix_s=lambda: 1_800_000_000.0)


class Story:
    """A session, and everything that it did."""

    def __init__(
        self,
        vendor: OpenAIRealtime | None = None,
        *,
        settings: Settings = AT_ONCE,
        headers: tuple[tuple[str, str], ...] = (),
        now_s: float = 0.0,
        **query: str,
    ) -> None:
        self.now_s = now_s
        self.vendor = vendor or openai(settings)
        session = self.vendor.asked(request(headers=headers, **(query or {"model": "gpt-realtime"})), now_s)
        assert not isinstance(session, Answer)
        self.session = session
        self.actions: list[Action] = []
        self.times_s: list[float] = []
        self._spoken_bytes = 0
        self._did(session.opened(now_s))

    def client(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """A client event; what came of it at once."""
        return self.raw(json.dumps({"type": kind, **fields}))

    def raw(self, payload: str | bytes) -> list[dict[str, Any]]:
        return self._did(self.session.received(payload, self.now_s))

    def says(self, lasts_s: float) -> list[dict[str, Any]]:
        """The caller speaks, in frames of 20 ms, while time passes."""
        start = self._spoken_bytes
        self._spoken_bytes += round(lasts_s * BYTES_PER_S)
        return self._plays(coded(CALLER_STREAM, start, self._spoken_bytes))

    def is_silent(self, lasts_s: float) -> list[dict[str, Any]]:
        return self._plays(bytes(round(lasts_s * BYTES_PER_S)))

    def passes(self, lasts_s: float) -> list[dict[str, Any]]:
        """Time, to every moment at which the session wants to be woken."""
        until_s, told = self.now_s + lasts_s, list[dict[str, Any]]()
        while (wake_s := self.session.wake_at_s()) is not None and wake_s <= until_s:
            self.now_s = max(self.now_s, wake_s)
            told += self._did(self.session.passed(self.now_s))
        self.now_s = until_s
        return told

    def is_forgotten(self, lasts_s: float) -> list[dict[str, Any]]:
        """Time, in which nobody wakes the session: what was due comes all at once."""
        self.now_s += lasts_s
        return self._did(self.session.passed(self.now_s))

    def troubled(self, trouble: Trouble) -> list[dict[str, Any]]:
        return self._did(self.session.troubled(trouble, self.now_s))

    @property
    def sends(self) -> list[Send]:
        return [action for action in self.actions if isinstance(action, Send)]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(action.payload) for action in self.actions if isinstance(action, Send)]

    @property
    def close(self) -> Close | None:
        return next((action for action in self.actions if isinstance(action, Close)), None)

    @property
    def heard(self) -> list[Heard]:
        return [action for action in self.actions if isinstance(action, Heard)]

    def _plays(self, pcm: bytes) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        for at in range(0, len(pcm), 960):
            told += self.client("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + 960]).decode())
            told += self.passes(0.02)
        return told

    def _did(self, actions: list[Action]) -> list[dict[str, Any]]:
        self.actions += actions
        sends = [action for action in actions if isinstance(action, Send)]
        self.times_s += [self.now_s] * len(sends)
        return [json.loads(send.payload) for send in sends]


TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one."""

SPOKEN_RESPONSE = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
]
"""In the recorded order, without its deltas."""


def text_turn(story: Story, text: str = "hello") -> list[dict[str, Any]]:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return story.client("conversation.item.create", item=item)


def configured(story: Story | None = None, **session: Any) -> Story:
    story = story or Story()
    story.client("session.update", session={"type": "realtime", **session})
    return story


def error(messages: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = only(messages, "error")["error"]
    return found


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """Their types, each unbroken series of the same one told once."""
    types = [message["type"] for message in messages]
    return [kind for place, kind in enumerate(types) if place == 0 or types[place - 1] != kind]


def only(messages: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The one message of this type."""
    (found,) = (message for message in messages if message["type"] == kind)
    return found
