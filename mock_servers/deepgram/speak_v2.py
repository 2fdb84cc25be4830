"""A connection to /v2/speak (Flux TTS): texts in, audio out, turn by turn.

Source: deepgram-sdk 7.17.0, speak/v2; docs/flux-tts/* (read 2026-08). One turn is active at a time: its audio streams as
its text arrives, and lies between its `SpeechStarted` and its `SpeechMetadata`; `Flush` ends its text, `Interrupt` ends
its audio. Turns behind it wait. Nobody has recorded the interface: order and close codes are unverified where the
documentation does not tell them.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from mock_servers.base.protocol import Action, Close, Heard, Send
from mock_servers.deepgram.client_texts import ClientText, Misunderstood, understood
from mock_servers.deepgram.identifiers import SpeechIds
from mock_servers.deepgram.outgoing import send
from mock_servers.deepgram.session import UNKNOWN, Opening, SocketSession
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.speak_query import SPEED, SPEED_STEP, SpeakQuery, is_a_step
from mock_servers.deepgram.speech import AUDIO, Speech
from mock_servers.deepgram.spoken_turn import SpokenTurn
from mock_servers.deepgram.troubles import NET0000, NET0001
from mock_servers.deepgram.voice_controls import has_pause, plain

__all__ = ["CLIENT_TEXTS", "SpeakV2"]

CLIENT_TEXTS = ("Speak", "Flush", "Interrupt", "Configure", "Close")

_CLOSES = {"MESSAGE": 1003, "DATA": 1008, "BIG": 1009, "NET": 1011}
"""Those that /v1/speak has with the same codes (docs/tts-troubleshooting-websocket-errors)."""

_NO_CONTROLS_WITH_SPEED = "A pronunciation control cannot be combined with a speed other than 1.0."


class SpeakV2(SocketSession):
    """One connection. It begins with `Connected`; `Close` speaks what is left, tells `SessionMetadata`, and ends in 1000."""

    def __init__(self, opening: Opening, *, query: SpeakQuery, speech: Speech, settings: Settings, seed: int) -> None:
        super().__init__(opening)
        self._query = query
        self._speech = speech
        self._settings = settings
        self._speech_ids = SpeechIds(seed=seed, request_id=opening.request_id)
        # The active turn first, then those that wait.
        self._turns: deque[SpokenTurn] = deque()
        self._last_turn: SpokenTurn | None = None
        self._speed = query.speed
        self._audio_ms = 0.0
        self._played_ms = -1
        self._characters = self._billable_characters = 0
        self._is_closing = False

    def message(self, name: str) -> dict[str, Any]:
        turn = self._turns[0] if self._turns else self._last_turn or SpokenTurn(self._speech_ids.next())
        match name:
            case "Connected":
                model = self._query.model
                return {
                    "type": "Connected", "request_id": self.request_id, "model_name": model.name,
                    "model_version": model.version, "model_uuids": [model.uuid],
                }  # fmt: skip
            case "SpeechStarted" | "Flushed":
                return {"type": name, "speech_id": turn.speech_id}
            case "SpeechMetadata":
                return {"type": name, **turn.metadata()}
            case "SpeechInterrupted":
                return {"type": name, "audio_played_ms": round(self._audio_ms), "metadata": turn.metadata()}
            case "SessionMetadata":
                return {
                    "type": name,
                    "total_audio_duration_ms": round(self._audio_ms),
                    "total_input_character_count": self._characters,
                    "total_billable_character_count": self._billable_characters,
                }
            case "ConfigureSuccess":
                return {"type": name, "applied": {} if self._speed is None else {"speed": self._speed}}
            case "ConfigureFailure":
                return {
                    "type": name,
                    "code": "INTERNAL_ERROR",
                    "description": "The configuration could not be applied.",
                }
            case "Warning":
                return _warning("NO_ACTIVE_SPEECH", "There is no active turn.")
            case "Error":
                return _error("NET-0000", NET0000)
            case _:
                raise KeyError(name)

    # ── what comes in ────────────────────────────────────────────────────────

    def _began(self, now_s: float) -> list[Action]:
        return [send(self.message("Connected"))]

    def _heard(self, payload: str | bytes, now_s: float) -> list[Action]:
        if isinstance(payload, bytes):
            return [
                Heard(name=UNKNOWN, body={"bytes": len(payload)}),
                *_fatal("MESSAGE-0000", "A binary message came."),
            ]
        try:
            message = understood(payload, CLIENT_TEXTS)
        except Misunderstood as error:
            return [Heard(name=UNKNOWN, body={"text": payload}), *_fatal("MESSAGE-0000", str(error))]
        heard = Heard(name=message.type, body=message.fields)
        if self._is_closing:
            return [heard]
        if self._troubles.rejects(message.type):
            return [heard, *_fatal("DATA-0000", f"{message.type} was rejected.")]
        return [heard, *self._obeyed(message, now_s), *self._goes_on(now_s)]

    def _obeyed(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "Speak":
                return self._speak(message.fields.get("text"), now_s)
            case "Flush":
                return self._flush()
            case "Interrupt":
                return self._interrupt(message.fields.get("playback_offset"), now_s)
            case "Configure":
                return self._configure(message.fields.get("speed"))
            case _:
                self._is_closing = True
                if self._turns:
                    self._turns[-1].is_flushed = True
                return []

    def _speak(self, text: object, now_s: float) -> list[Action]:
        if not isinstance(text, str):
            return _fatal("DATA-0000", "Speak needs a text.")
        if len(text) > self._settings.characters_per_speak:
            return _fatal("BIG-0000", f"A text has at most {self._settings.characters_per_speak} characters.")
        if has_pause(text):
            return _fatal("DATA-0002", "Pause controls are not supported on a WebSocket.")
        if plain(text).pronunciations and self._speed not in (None, 1.0):
            return _fatal("DATA-0002", _NO_CONTROLS_WITH_SPEED)
        started = []
        if not self._turns or self._turns[-1].is_flushed:
            self._turns.append(SpokenTurn(self._speech_ids.next()))
            if len(self._turns) == 1:
                started = self._activated()
        self._turns[-1].add(text)
        return started

    def _flush(self) -> list[Action]:
        if not self._turns or self._turns[-1].is_flushed:
            return [send(_warning("NO_ACTIVE_SPEECH", "There is no active turn to flush."))]
        self._turns[-1].is_flushed = True
        # The text's end is acknowledged before the rest of the audio. That of a turn which waits is told once it speaks.
        return self._flushed() if len(self._turns) == 1 else []

    def _interrupt(self, offset: object, now_s: float) -> list[Action]:
        if offset is not None and _milliseconds(offset) is None:
            return _fatal("DATA-0000", "playback_offset needs a type of time_ms and a whole number as its value.")
        played_ms = _milliseconds(offset)
        if self._audio_ms == 0:
            return [send(_warning("NO_AUDIO_GENERATED", "There is no audio to interrupt yet."))]
        if played_ms is not None and played_ms <= self._played_ms:
            return [
                send(_warning("INVALID_INTERRUPT_OFFSET", "playback_offset is not past that of the last Interrupt."))
            ]
        turn = self._turns[0] if self._turns else self._last_turn
        # A turn whose audio is out may still be playing; without an offset nobody can tell.
        if turn is None or (not self._turns and played_ms is None):
            return [send(_warning("NO_ACTIVE_SPEECH", "There is no active turn to interrupt."))]
        interrupted = self._interrupted(turn, played_ms)
        self._outbox.clear()
        if self._turns:
            self._over(self._turns.popleft())
        if self._settings.interrupt_drops_pending:
            self._turns.clear()
        self._last_turn = None
        return [send(interrupted), *(self._activated() if self._turns else [])]

    def _interrupted(self, turn: SpokenTurn, played_ms: int | None) -> dict[str, Any]:
        """SpeechInterrupted; the session's audio goes on from what the client had played."""
        told: dict[str, Any] = {
            "type": "SpeechInterrupted", "audio_played_ms": round(self._audio_ms) if played_ms is None else played_ms,
        }  # fmt: skip
        if played_ms is not None:
            told["text_spoken"], told["text_remaining"] = turn.split_at(played_ms)
        self._played_ms = told["audio_played_ms"]
        self._audio_ms = self._played_ms
        return {**told, "metadata": turn.metadata()}

    def _configure(self, speed: object) -> list[Action]:
        if speed is None:
            return [send(self.message("ConfigureSuccess"))]
        if isinstance(speed, bool) or not isinstance(speed, int | float):
            return _fatal("DATA-0000", "speed is a number.")
        if not SPEED[0] <= speed <= SPEED[1]:
            return _unfit("SPEED_OUT_OF_RANGE", speed, f"speed must be between {SPEED[0]} and {SPEED[1]}.")
        if not is_a_step(speed):
            return _unfit("SPEED_INCREMENT_INVALID", speed, f"speed must be a multiple of {SPEED_STEP}.")
        if any(turn.pronunciations for turn in list(self._turns)[1:]):
            return _unfit("CONTROL_COMBINATION_INVALID", speed, _NO_CONTROLS_WITH_SPEED)
        self._speed = float(speed)
        return [send(self.message("ConfigureSuccess"))]

    # ── what comes of it ─────────────────────────────────────────────────────

    def _waited(self, now_s: float) -> list[Action]:
        ends_s = self._ends_s()
        if ends_s is not None and now_s >= ends_s:
            return _fatal("NET-0003", "The session has reached its longest life.")
        return self._goes_on(now_s)

    def _deadlines(self) -> tuple[float | None, ...]:
        return (self._ends_s(),)

    def _ends_s(self) -> float | None:
        cap_s = self._settings.speak_session_s
        return self._opened_s + cap_s if cap_s else None

    def _goes_on(self, now_s: float) -> list[Action]:
        """Speak what can be spoken, tell the turns that are over, hang up where that was asked for."""
        actions: list[Action] = []
        while self._turns:
            turn = self._turns[0]
            self._line_up(turn, now_s)
            if self._outbox or not turn.is_flushed:
                return actions
            if turn.is_silent:
                actions.append(send(_warning("NO_SYNTHESIZABLE_TEXT", "The text of the turn has nothing to speak.")))
            actions.append(send({"type": "SpeechMetadata", **turn.metadata()}))
            self._over(self._turns.popleft())
            if self._turns:
                actions += self._activated()
        if self._is_closing:
            actions += [send(self.message("SessionMetadata")), Close(code=1000)]
        return actions

    def _activated(self) -> list[Action]:
        """The first turn speaks from now on."""
        turn = self._turns[0]
        turn.start_ms = self._audio_ms
        return [
            send({"type": "SpeechStarted", "speech_id": turn.speech_id}),
            *(self._flushed() if turn.is_flushed else []),
        ]

    def _flushed(self) -> list[Action]:
        return [send({"type": "Flushed", "speech_id": self._turns[0].speech_id})]

    def _line_up(self, turn: SpokenTurn, now_s: float) -> None:
        text = turn.take()
        if text:
            at_s = now_s if self._outbox else now_s + self._settings.first_audio_s
            self._speech.line_up(self._speech.say(text, self._query), self._query, self._outbox, at_s)

    def _over(self, turn: SpokenTurn) -> None:
        self._last_turn = turn
        self._characters += turn.characters
        self._billable_characters += turn.billable_characters

    def _told(self, sent: Send) -> None:
        if sent.name == AUDIO:
            lasts_ms = 1000 * len(sent.audio) / self._query.bytes_per_s
            self._audio_ms += lasts_ms
            if self._turns:
                self._turns[0].audio_ms += lasts_ms

    def _failed(self, code: str, now_s: float) -> list[Action]:
        match code:
            case "net0000":
                return _fatal("NET-0000", NET0000)
            case "net0001":
                return _fatal("NET-0001", NET0001)
            case "data0000":
                return _fatal("DATA-0000", "The message could not be understood.")
            case _:
                return _fatal("MESSAGE-0000", "The message could not be understood.")


def _warning(code: str, description: str) -> dict[str, Any]:
    return {"type": "Warning", "code": code, "description": description}


def _error(code: str, description: str) -> dict[str, Any]:
    return {"type": "Error", "code": code, "description": description}


def _fatal(code: str, description: str) -> list[Action]:
    return [send(_error(code, description)), Close(code=_CLOSES[code.partition("-")[0]], reason=code)]


def _unfit(code: str, speed: float, description: str) -> list[Action]:
    return [
        send({"type": "ConfigureFailure", "code": code, "field": "speed", "value": speed, "description": description})
    ]


def _milliseconds(offset: object) -> int | None:
    match offset:
        case {"type": "time_ms", "value": int(value)} if not isinstance(value, bool) and value >= 0:
            return value
        case _:
            return None
