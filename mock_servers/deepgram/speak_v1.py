"""A connection to /v1/speak: texts in, audio out, each flush answered with its audio and then with `Flushed`.

Source: docs/tts-ws-* and docs/tts-troubleshooting-websocket-errors (deepgram-docs@4b4a10a); deepgram-api-specs@4ba987c.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from mock_servers.base.protocol import Action, Close, Heard
from mock_servers.deepgram.client_texts import ClientText, Misunderstood, understood
from mock_servers.deepgram.outgoing import send
from mock_servers.deepgram.session import UNKNOWN, Opening, SocketSession
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.speak_query import SpeakQuery
from mock_servers.deepgram.speech import Speech
from mock_servers.deepgram.troubles import NET0000, NET0001

__all__ = ["CLIENT_TEXTS", "SpeakV1"]

CLIENT_TEXTS = ("Speak", "Flush", "Clear", "Close")

_MINUTE_S = 60.0


class SpeakV1(SocketSession):
    """One connection. Text waits for a `Flush` or a `Close`; then its audio comes, faster than it plays."""

    def __init__(self, opening: Opening, *, query: SpeakQuery, speech: Speech, settings: Settings) -> None:
        super().__init__(opening)
        self._query = query
        self._speech = speech
        self._settings = settings
        self._text = ""
        self._sequence_id = 0
        self._spoke: deque[tuple[float, int]] = deque()
        self._flushed: deque[float] = deque()
        self._has_introduced_itself = False

    def message(self, name: str) -> dict[str, Any]:
        match name:
            case "Metadata":
                return {
                    "type": "Metadata",
                    "request_id": self.request_id,
                    "model_name": self._query.model.name,
                    "model_version": self._query.model.version,
                    "model_uuid": self._query.model.uuid,
                }
            case "Flushed" | "Cleared":
                return {"type": name, "sequence_id": self._next_sequence_id()}
            case "Warning":
                return self._warning("EXCESSIVE_FLUSH", "Rate limit exceeded for flushes. Please try again later.")
            case _:
                raise KeyError(name)

    def _began(self, now_s: float) -> list[Action]:
        return self._introduction() if self._settings.speak_metadata == "opening" else []

    def _heard(self, payload: str | bytes, now_s: float) -> list[Action]:
        if isinstance(payload, bytes):
            return [Heard(name=UNKNOWN, body={"bytes": len(payload)}), Close(code=1003, reason="MESSAGE-0000")]
        try:
            message = understood(payload, CLIENT_TEXTS)
        except Misunderstood:
            return [Heard(name=UNKNOWN, body={"text": payload}), _unknown()]
        heard = Heard(name=message.type, body=message.fields)
        return [heard, *([_unknown()] if self._troubles.rejects(message.type) else self._obeyed(message, now_s))]

    def _waited(self, now_s: float) -> list[Action]:
        ends_s = self._ends_s()
        return [Close(code=1011, reason="NET-0003")] if ends_s is not None and now_s >= ends_s else []

    def _deadlines(self) -> tuple[float | None, ...]:
        return (self._ends_s(),)

    def _ends_s(self) -> float | None:
        cap_s = self._settings.speak_session_s
        return self._opened_s + cap_s if cap_s else None

    def _failed(self, code: str, now_s: float) -> list[Action]:
        match code:
            case "net0000":
                return [Close(code=1011, reason=NET0000)]
            case "net0001":
                return [Close(code=1011, reason=NET0001)]
            case _:
                # Where listen has a message for a text that does not fit, speak hangs up.
                return [_unknown()]

    def _obeyed(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "Speak":
                return self._speak(message.fields.get("text"), now_s)
            case "Flush":
                return self._flush(now_s)
            case "Clear":
                self._text = ""
                self._outbox.clear()
                return [send(self.message("Cleared"))]
            case _:
                self._say(now_s)
                self._outbox.put(Close(code=1000), now_s)
                return self._outbox.due(now_s)

    def _speak(self, text: object, now_s: float) -> list[Action]:
        if not isinstance(text, str):
            return [_unknown()]
        while self._spoke and self._spoke[0][0] <= now_s - _MINUTE_S:
            self._spoke.popleft()
        self._spoke.append((now_s, len(text)))
        a_minute = sum(characters for _, characters in self._spoke)
        if len(text) > self._settings.characters_per_speak or a_minute > self._settings.characters_per_minute:
            return [Close(code=1008, reason="DATA-0001")]
        self._text = f"{self._text} {text}".strip()
        return []

    def _flush(self, now_s: float) -> list[Action]:
        while self._flushed and self._flushed[0] <= now_s - _MINUTE_S:
            self._flushed.popleft()
        if len(self._flushed) >= self._settings.flushes_per_minute:
            return [send(self.message("Warning"))]
        self._flushed.append(now_s)
        self._say(now_s)
        self._outbox.put(send(self.message("Flushed")), now_s)
        return self._outbox.due(now_s)

    def _say(self, now_s: float) -> None:
        """Line up the audio of the text so far, behind what is lined up already."""
        text, self._text = self._text, ""
        if not text:
            return
        at_s = self._outbox.last_at_s(now_s + self._settings.first_audio_s)
        for action in self._introduction():
            self._outbox.put(action, at_s)
        self._speech.line_up(self._speech.say(text, self._query), self._query, self._outbox, at_s)

    def _introduction(self) -> list[Action]:
        # When it comes is unverified.
        if self._has_introduced_itself:
            return []
        self._has_introduced_itself = True
        return [send(self.message("Metadata"))]

    def _warning(self, code: str, description: str) -> dict[str, Any]:
        if self._settings.speak_warning == "specified":
            return {"type": "Warning", "description": description, "code": code}
        # What came over the wire (deepgram/deepgram-python-sdk#653); the specification has other names.
        return {"type": "Warning", "warn_code": code, "warn_msg": description}

    def _next_sequence_id(self) -> int:
        self._sequence_id += 1
        return self._sequence_id - 1


def _unknown() -> Close:
    # The documentation gives the name; the full reason is unverified.
    return Close(code=1008, reason="DATA-0000")
