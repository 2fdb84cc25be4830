"""A story told to the Gemini Live mock without any I/O: what the client sends when, and what comes back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Abort, Action, Answer, Close, Heard, Ready, Request, Send, Session
from mock_servers.base.trouble import Trouble
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.gemini_live import GeminiLive
from mock_servers.gemini_live.settings import Settings
from tests.support.gemini_shapes import check_shape

__all__ = ["PATH", "Call", "gemini", "upgrade"]

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MODEL = "models/gemini-2.5-flash-live"
RATE_HZ = 16_000


def gemini(*, reply_after_s: float = 0.3, turns: tuple[str, ...] = (), **settings: Any) -> GeminiLive:
    conversation = Conversation(seed=7, reply_after_s=reply_after_s, turns=turns)
    return GeminiLive(conversation, settings=Settings(**settings))


def upgrade(path: str = PATH, *, key: str = "good", **headers: str) -> Request:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(
        method="GET", path=path, headers=((("x-goog-api-key", key),) if key else ()) + named, is_upgrade=True
    )


@dataclass
class Call:
    """One connection. `heard` holds each server message with the time at which it came, in order."""

    vendor: GeminiLive
    now_s: float = 0.0
    request: Request = field(default_factory=upgrade)
    heard: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    said_bytes: int = 0
    sent: list[Send] = field(default_factory=list)

    def __post_init__(self) -> None:
        session = self.vendor.asked(self.request, self.now_s)
        assert not isinstance(session, Answer), f"the upgrade was refused with {session.status}"
        self.session: Session = session
        self._take(self.session.opened(self.now_s))

    # What the client does.

    def sets_up(self, **fields: Any) -> Call:
        return self.sends({"setup": {"model": MODEL, **fields}})

    def sends(self, message: object) -> Call:
        payload = message if isinstance(message, str | bytes) else json.dumps(message)
        self._take(self.session.received(payload, self.now_s))
        return self

    def types(self, text: str) -> Call:
        turns = [{"role": "user", "parts": [{"text": text}]}]
        return self.sends({"clientContent": {"turns": turns, "turnComplete": True}})

    def speaks(self, for_s: float) -> Call:
        """In 20 ms frames, in real time, from where the caller's voice last was."""
        for _ in range(round(for_s / 0.02)):
            end = self.said_bytes + RATE_HZ * 2 // 50
            self._plays(coded(CALLER_STREAM, self.said_bytes, end))
            self.said_bytes = end
        return self

    def is_silent(self, for_s: float) -> Call:
        for _ in range(round(for_s / 0.02)):
            self._plays(bytes(RATE_HZ * 2 // 50))
        return self

    def waits(self, for_s: float) -> Call:
        end_s = self.now_s + for_s
        while (wake_s := self.session.wake_at_s()) is not None and wake_s <= end_s:
            self.now_s = max(self.now_s, wake_s)
            self._take(self.session.passed(self.now_s))
        self.now_s = end_s
        return self

    def troubles(self, trouble: Trouble) -> Call:
        self._take(self.session.troubled(trouble, self.now_s))
        return self

    def hangs_up(self) -> Call:
        self.session.closed(self.now_s)
        return self

    def redials(self, **setup: Any) -> Call:
        """The same caller on a new connection, a second after this one was hung up."""
        self.hangs_up()
        again = Call(self.vendor, now_s=self.now_s + 1.0, request=self.request, said_bytes=self.said_bytes)
        return again.sets_up(**setup)

    # What came of it.

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for _, message in self.heard]

    def all(self, name: str, field_name: str = "") -> list[Any]:
        """The bodies of these messages, or this field of those that have it."""
        bodies = [message[name] for message in self.messages if name in message]
        return [body[field_name] for body in bodies if field_name in body] if field_name else bodies

    def times(self, name: str, field_name: str) -> list[float]:
        return [at_s for at_s, message in self.heard if field_name in message.get(name, {})]

    @property
    def kinds(self) -> list[str]:
        """Each message by its most telling field."""
        return [next(iter(body), name) for message in self.messages for name, body in [next(iter(message.items()))]]

    @property
    def audio(self) -> bytes:
        parts = [part for turn in self.all("serverContent", "modelTurn") for part in turn["parts"]]
        return b"".join(base64.b64decode(part["inlineData"]["data"]) for part in parts if "inlineData" in part)

    @property
    def handle(self) -> str:
        return str(self.all("sessionResumptionUpdate", "newHandle")[-1])

    @property
    def ending(self) -> tuple[int | None, str] | None:
        closes = [action for action in self.actions if isinstance(action, Close)]
        assert len(closes) <= 1, "a connection ends once"
        return (closes[0].code, closes[0].reason) if closes else None

    @property
    def aborted(self) -> bool:
        """Whether the server took the connection down without a close frame."""
        return any(isinstance(action, Abort) for action in self.actions)

    @property
    def understood(self) -> list[Heard]:
        return [action for action in self.actions if isinstance(action, Heard)]

    @property
    def resumed(self) -> bool | None:
        ready = [action.resumed for action in self.actions if isinstance(action, Ready)]
        return ready[0] if ready else None

    def _plays(self, pcm: bytes) -> None:
        blob = {"mimeType": f"audio/pcm;rate={RATE_HZ}", "data": base64.b64encode(pcm).decode()}
        self.sends({"realtimeInput": {"audio": blob}})
        self.waits(0.02)

    def _take(self, actions: list[Action]) -> None:
        ended = False
        for action in actions:
            assert not ended, f"{action} after the end"
            ended = isinstance(action, Close | Abort)
            self.actions.append(action)
            if isinstance(action, Send):
                assert isinstance(action.payload, bytes), "Google sends binary frames"
                self.sent.append(action)
                message = json.loads(action.payload)
                check_shape(message)
                self.heard.append((round(self.now_s, 9), message))
