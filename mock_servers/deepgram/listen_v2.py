"""A connection to /v2/listen (Flux): audio in, turns out.

Source: deepgram-sdk 7.17.0, listen/v2; docs/flux/* (read 2026-08); what ends it: deepgram/deepgram-js-sdk#557,
deepgram/deepgram-python-sdk#649, pipecat-ai/pipecat#3463.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Close, Send
from mock_servers.deepgram.client_texts import ClientText, Misunderstood, understood
from mock_servers.deepgram.intake import Piece
from mock_servers.deepgram.listen_v2_messages import CLIENT_TEXTS, FluxWriter
from mock_servers.deepgram.listen_v2_query import FluxQuery
from mock_servers.deepgram.listening import Listening
from mock_servers.deepgram.outgoing import send
from mock_servers.deepgram.reconfiguration import Unfit, reconfigured
from mock_servers.deepgram.session import Opening
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.troubles import NET0000, NET0001
from mock_servers.deepgram.turns import TurnEvent, Turns

__all__ = ["ListenV2"]

_UNKNOWN_MESSAGE = "Text message received from client did not match any of the formats we expect."
"""Of this service's agent interface, where it comes with this code: deepgram-devs/flask-agent-function-calling-demo#17."""

_WITHOUT_NUMERALS = ("hi", "ja")
"""docs/flux/feature-overview: numerals are written in every language but these."""


class ListenV2(Listening):
    """One connection. It begins with `Connected` and is closed without a status (1005), whatever the reason."""

    def __init__(self, opening: Opening, *, query: FluxQuery, conversation: Conversation, settings: Settings) -> None:
        super().__init__(opening, sound=query.sound, apart=False, settings=settings)
        self.query = query
        self._conversation = conversation
        self._writer = FluxWriter(opening.request_id)
        self._turns: Turns | None = None
        self._finals_end_s = 0.0

    def message(self, name: str) -> dict[str, Any]:
        match name:
            case "Connected":
                return self._writer.connected()
            case "TurnInfo":
                turns = self._turns or self._ear(16_000)
                return self._writer.turn_info(turns.now(), language_hints=self._hints())
            case "ConfigureSuccess":
                return self._success()
            case "ConfigureFailure":
                return self._writer.configure_failure(**_failure("The configuration could not be applied."))
            case "Warning":
                return self._numerals_warning()
            case "Error":
                return self._writer.error(
                    code="INTERNAL_SERVER_ERROR", description="An internal server error occurred."
                )
            case _:
                raise KeyError(name)

    # ── texts ────────────────────────────────────────────────────────────────

    def _understood(self, text: str) -> ClientText:
        return understood(text, CLIENT_TEXTS)

    def _misunderstood(self, text: str, why: Misunderstood) -> list[Action]:
        return self._fatal(self._settings.unknown_message_code, _UNKNOWN_MESSAGE)

    def _rejected(self, message: ClientText) -> list[Action]:
        return self._fatal(self._settings.unknown_message_code, _UNKNOWN_MESSAGE)

    def _obeyed(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "Configure":
                return self._configured(message.fields)
            case "ForceEndTurn":
                return self._tells(self._turns.forced() if self._turns is not None else [])
            case _:
                return [*self._last_words(), Close(code=None)]

    def _last_words(self) -> list[Action]:
        if self._turns is None:
            return []
        ends = self._settings.close_stream_ends_turn
        return self._tells(self._turns.forced() if ends else self._turns.rest())

    def _configured(self, fields: Mapping[str, Any]) -> list[Action]:
        try:
            self.query = reconfigured(self.query, fields)
        except Unfit as unfit:
            return [send(self._writer.configure_failure(**_failure(str(unfit))))]
        if self._turns is not None:
            self._turns.thresholds = self.query.thresholds
        warnings = [send(self._numerals_warning())] if self._cannot_write_numerals() else []
        return [send(self._success()), *warnings]

    # ── audio ────────────────────────────────────────────────────────────────

    def _recognised(self, piece: Piece) -> list[Action]:
        if self._turns is None:
            assert self._intake.sound is not None, "there are pieces only once the format is known"
            self._turns = self._ear(self._intake.sound.sample_rate_hz)
        return self._tells(self._turns.heard(piece.channels[0]))

    def _ear(self, sample_rate_hz: int) -> Turns:
        return Turns(
            self._conversation,
            sample_rate_hz=sample_rate_hz,
            thresholds=self.query.thresholds,
            half_s=self._settings.end_of_turn_half_s,
        )

    def _could_not_decode(self, now_s: float) -> list[Action]:
        return self._fatal("DATA-0000", "The audio could not be decoded.")

    def _finalised_until_s(self) -> float:
        return self._finals_end_s

    # ── what it says ─────────────────────────────────────────────────────────

    def _began(self, now_s: float) -> list[Action]:
        warnings = [send(self._numerals_warning())] if self._cannot_write_numerals() else []
        return [send(self._writer.connected()), *warnings]

    def _tells(self, told: list[TurnEvent]) -> list[Action]:
        return [send(self._writer.turn_info(event, language_hints=self._hints())) for event in told]

    def _success(self) -> dict[str, Any]:
        return self._writer.configure_success(
            self.query.thresholds,
            keyterms=self.query.keyterms,
            language_hints=self._hints(),
            numerals=self.query.numerals,
        )

    def _hints(self) -> tuple[str, ...] | None:
        return self.query.language_hints if self.query.is_multilingual else None

    def _cannot_write_numerals(self) -> bool:
        return self.query.numerals and any(hint in _WITHOUT_NUMERALS for hint in self.query.language_hints)

    def _numerals_warning(self) -> dict[str, Any]:
        # That there is a Warning is known, none of its codes is.
        return self._writer.warning(
            code="NUMERALS_NOT_SUPPORTED", description="Numerals are not written in one of the hinted languages."
        )

    def _fatal(self, code: str, description: str) -> list[Action]:
        return [send(self._writer.error(code=code, description=description)), Close(code=None)]

    def _told(self, sent: Send) -> None:
        if self._is_final(sent):
            self._finals_end_s = sent.body["audio_window_end"]

    def _is_final(self, sent: Send) -> bool:
        return sent.name == "TurnInfo" and sent.body["event"] == "EndOfTurn"

    # ── when it ends ─────────────────────────────────────────────────────────

    def _patience(self) -> tuple[float | None, ...]:
        return (self._idle_at_s(),)

    def _idle_at_s(self) -> float | None:
        since_s = self._silent_since_s()
        return None if since_s is None or not self._settings.flux_idle_s else since_s + self._settings.flux_idle_s

    def _expired(self, now_s: float) -> list[Action]:
        idle_at_s = self._idle_at_s()
        return self._failed("net0001", now_s) if idle_at_s is not None and now_s >= idle_at_s else []

    def _failed(self, code: str, now_s: float) -> list[Action]:
        match code:
            case "net0000":
                return self._fatal("NET-0000", NET0000)
            case "net0001":
                return self._fatal("NET-0001", NET0001)
            case "data0000":
                return self._could_not_decode(now_s)
            case _:
                return self._fatal(self._settings.unknown_message_code, _UNKNOWN_MESSAGE)


def _failure(description: str) -> dict[str, str]:
    # The code is optional, and none is known.
    return {"code": "INVALID_CONFIGURATION", "description": description}
