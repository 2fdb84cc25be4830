"""A connection to /v1/speak: texts in, audio out, each flush answered with its audio and then with `Flushed`.

Source: docs/tts-ws-* and docs/tts-troubleshooting-websocket-errors (deepgram-docs@4b4a10a); deepgram-api-specs@4ba987c.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from mock_servers.base.protocol import Action, Close, Heard, Ready, Send
from mock_servers.base.trouble import ProviderError, Trouble
from mock_servers.deepgram.account import Account
from mock_servers.deepgram.messages import ClientText, Misunderstood, send, understood
from mock_servers.deepgram.speak_query import SpeakQuery
from mock_servers.deepgram.speech import SPEED, Speech
from mock_servers.deepgram.troubles import NET0000, NET0001, Troubles, error_code

__all__ = ["CLIENT_TEXTS", "SpeakLimits", "SpeakSocket"]

CLIENT_TEXTS = ("Speak", "Flush", "Clear", "Close")
AUDIO = "Audio"
"""What binary frames are called; on the wire they have no name."""
UNKNOWN = "Unknown"

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakLimits:
    """Source: docs/streaming-text-to-speech; `first_audio_s` is a guess at a usual latency."""

    first_audio_s: float = 0.2
    session_s: float = 3600.0
    characters_per_speak: int = 2000
    characters_per_minute: int = 2400
    flushes_per_minute: int = 20


@dataclass(frozen=True, slots=True)
class _Due:
    at_s: float
    action: Action


class SpeakSocket:
    """One connection. Text waits for a `Flush` or a `Close`; then its audio comes, faster than it plays."""

    def __init__(
        self,
        *,
        query: SpeakQuery,
        request_id: str,
        subprotocol: str | None,
        response_headers: tuple[tuple[str, str], ...],
        speech: Speech,
        account: Account,
        limits: SpeakLimits,
    ) -> None:
        self.subprotocol = subprotocol
        self.response_headers = response_headers
        self._query = query
        self._request_id = request_id
        self._speech = speech
        self._limits = limits
        self._troubles = Troubles(account)
        self._text = ""
        self._due: deque[_Due] = deque()
        self._sequence_id = 0
        self._spoke: deque[tuple[float, int]] = deque()
        self._flushed: deque[float] = deque()
        self._ends_s = 0.0
        self._is_over = False

    def opened(self, now_s: float) -> list[Action]:
        self._ends_s = now_s + self._limits.session_s
        # That Metadata comes at the very beginning is unverified.
        return [Ready(), send(self.message("Metadata"))]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        if isinstance(payload, bytes):
            return self._done(
                [Heard(name=UNKNOWN, body={"bytes": len(payload)}), Close(code=1003, reason="MESSAGE-0000")]
            )
        try:
            message = understood(payload, CLIENT_TEXTS)
        except Misunderstood:
            return self._done([Heard(name=UNKNOWN, body={"text": payload}), _unknown()])
        heard = Heard(name=message.type, body=message.fields)
        return self._done(
            [heard, *([_unknown()] if self._troubles.rejects(message.type) else self._obey(message, now_s))]
        )

    def passed(self, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        actions = []
        while self._due and self._due[0].at_s <= now_s:
            actions.append(self._due.popleft().action)
        if now_s >= self._ends_s:
            actions.append(Close(code=1011, reason="NET-0003"))
        return self._done(actions)

    def wake_at_s(self) -> float | None:
        if self._is_over:
            return None
        return min(self._ends_s, self._due[0].at_s) if self._due else self._ends_s

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        if not isinstance(trouble, ProviderError):
            self._troubles.begin(trouble, now_s)
            return []
        match error_code(trouble.code):
            case "net0000":
                return self._done([Close(code=1011, reason=NET0000)])
            case "net0001":
                return self._done([Close(code=1011, reason=NET0001)])
            case _:
                # Where listen has a message for a text that does not fit, speak hangs up.
                return self._done([_unknown()])

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        self._troubles.end(trouble)
        return []

    def closed(self, now_s: float) -> None:
        self._is_over = True
        self._troubles.closed()

    def message(self, name: str) -> dict[str, Any]:
        """A message of this name that fits this connection. KeyError if speak has none."""
        match name:
            case "Metadata":
                return {
                    "type": "Metadata",
                    "request_id": self._request_id,
                    "model_name": self._query.model.name,
                    "model_version": self._query.model.version,
                    "model_uuid": self._query.model.uuid,
                }
            case "Flushed" | "Cleared":
                return {"type": name, "sequence_id": self._next_sequence_id()}
            case "Warning":
                # The specification has `code` and `description`; this is what came over the wire
                # (deepgram/deepgram-python-sdk#653).
                return {
                    "type": "Warning",
                    "warn_code": "EXCESSIVE_FLUSH",
                    "warn_msg": "Rate limit exceeded for flushes. Please try again later.",
                }
            case _:
                raise KeyError(name)

    def _obey(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "Speak":
                return self._speak(message.fields.get("text"), now_s)
            case "Flush":
                return self._flush(now_s)
            case "Clear":
                self._text = ""
                self._due.clear()
                return [send(self.message("Cleared"))]
            case _:
                self._say(now_s)
                self._due.append(_Due(self._due[-1].at_s if self._due else now_s, Close(code=1000)))
                return self.passed(now_s)

    def _speak(self, text: object, now_s: float) -> list[Action]:
        if not isinstance(text, str):
            return [_unknown()]
        _forget(self._spoke, now_s)
        self._spoke.append((now_s, len(text)))
        a_minute = sum(characters for _, characters in self._spoke)
        if len(text) > self._limits.characters_per_speak or a_minute > self._limits.characters_per_minute:
            return [Close(code=1008, reason="DATA-0001")]
        self._text = f"{self._text} {text}".strip()
        return []

    def _flush(self, now_s: float) -> list[Action]:
        while self._flushed and self._flushed[0] <= now_s - _MINUTE_S:
            self._flushed.popleft()
        if len(self._flushed) >= self._limits.flushes_per_minute:
            return [send(self.message("Warning"))]
        self._flushed.append(now_s)
        at_s = self._say(now_s)
        self._due.append(_Due(at_s, send(self.message("Flushed"))))
        return self.passed(now_s)

    def _say(self, now_s: float) -> float:
        """Line up the audio of the text so far, behind what is lined up already; when its last piece is due."""
        at_s = max(now_s, self._due[-1].at_s if self._due else now_s)
        text, self._text = self._text, ""
        if not text:
            return at_s
        at_s = max(at_s, now_s + self._limits.first_audio_s)
        for piece in self._speech.pieces(self._speech.say(text, self._query), self._query):
            self._due.append(_Due(at_s, Send(name=AUDIO, payload=piece, body={"bytes": len(piece)}, audio=piece)))
            at_s += len(piece) / self._query.bytes_per_s / SPEED
        return self._due[-1].at_s

    def _next_sequence_id(self) -> int:
        self._sequence_id += 1
        return self._sequence_id - 1

    def _done(self, actions: list[Action]) -> list[Action]:
        """Nothing follows a close frame."""
        for place, action in enumerate(actions):
            if isinstance(action, Close):
                self._is_over = True
                self._due.clear()
                return actions[: place + 1]
        return actions


def _unknown() -> Close:
    # The documentation gives the name; the full reason is unverified.
    return Close(code=1008, reason="DATA-0000")


def _forget(spoke: deque[tuple[float, int]], now_s: float) -> None:
    while spoke and spoke[0][0] <= now_s - _MINUTE_S:
        spoke.popleft()
