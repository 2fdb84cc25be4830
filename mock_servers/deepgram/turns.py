"""Turns as Flux tells them: begun, updated, eagerly ended, resumed, ended; computed from the audio alone.

The clock is audio, not time. Source of the state machine: developers.deepgram.com/docs/flux/state (read 2026-08): an
`Update` about each 0.25 s unless the state has changed, an `EagerEndOfTurn` never without words, a `TurnResumed` only
behind one, an `EndOfTurn` with the words of the `EagerEndOfTurn` before it, and then the next `turn_index`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import Hearing, Word

__all__ = ["State", "Thresholds", "TurnEvent", "Turns"]

UPDATE_EVERY_S = 0.25
_STEPS_PER_SECOND = 100
_ROUNDING_S = 1e-9


class State(enum.Enum):
    INITIAL = "nobody speaks"
    TURN_ONGOING = "somebody speaks"
    AWAITING_END = "the turn was eagerly ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a turn is over.

    Args:
        eot: Confidence that ends it, 0.5 to 1; 1 leaves the end to the client and to `eot_timeout_s`.
        eager_eot: Confidence that eagerly ends it, 0.3 to 0.9; None for never.
        eot_timeout_s: Silence that ends it, whatever the confidence, 0.5 to 60.
    """

    eot: float = 0.7
    eager_eot: float | None = None
    eot_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEvent:
    """One TurnInfo. Times are seconds of audio on this connection; `trigger` says what has ended the turn."""

    event: str
    turn: int
    start_s: float
    end_s: float
    words: tuple[Word, ...]
    confidence: float
    trigger: str | None = None


class Turns:
    """The turns of one connection.

    Args:
        sample_rate_hz: Of 16-bit mono PCM.
        half_s: Silence after which the end of a turn is as likely as not; the confidence goes to 1 with each half of the
            doubt that so much more silence takes away.
    """

    def __init__(
        self, conversation: Conversation, *, sample_rate_hz: int, thresholds: Thresholds, half_s: float
    ) -> None:
        self.thresholds = thresholds
        self.state = State.INITIAL
        self._half_s = half_s
        # Turns are ended here, by other rules than those of a plain voice activity detection.
        self._hearing = Hearing(conversation, sample_rate_hz=sample_rate_hz, silence_s=float("inf"))
        self._step_bytes = 2 * (sample_rate_hz // _STEPS_PER_SECOND)
        self._step = b""
        self._turn = 0
        self._start_s = 0.0
        self._next_update_s = UPDATE_EVERY_S

    @property
    def audio_s(self) -> float:
        return self._hearing.audio_s

    def heard(self, pcm: bytes) -> list[TurnEvent]:
        """Take in audio, in any chunking."""
        told: list[TurnEvent] = []
        while pcm:
            room = self._step_bytes - len(self._step)
            self._step, pcm = self._step + pcm[:room], pcm[room:]
            if len(self._step) == self._step_bytes:
                step, self._step = self._step, b""
                told += self._stepped(step)
        return told

    def forced(self) -> list[TurnEvent]:
        """The client ends the turn; nothing where there is none."""
        return [] if self.state is State.INITIAL else [self._ended("manual")]

    def rest(self) -> list[TurnEvent]:
        """No more audio will come: what was not told yet of a turn that goes on."""
        return [] if self.state is State.INITIAL else [self._event("Update")]

    def now(self) -> TurnEvent:
        """How it stands."""
        return self._event("Update")

    def _stepped(self, step: bytes) -> list[TurnEvent]:
        self._hearing.heard(step)
        changed = self._changed(is_loud=self._silence_s() <= _ROUNDING_S)
        if changed is not None:
            return [changed]
        if self.audio_s < self._next_update_s - _ROUNDING_S:
            return []
        return [self._event("Update")]

    def _changed(self, *, is_loud: bool) -> TurnEvent | None:
        """The change of state that this step brings, if it brings one."""
        match self.state:
            case State.INITIAL if self._words():
                self.state = State.TURN_ONGOING
                return self._event("StartOfTurn")
            case State.AWAITING_END if is_loud:
                self.state = State.TURN_ONGOING
                return self._event("TurnResumed")
            case State.TURN_ONGOING | State.AWAITING_END if not is_loud:
                return self._ending()
        return None

    def _ending(self) -> TurnEvent | None:
        confidence, asked = self._confidence(), self.thresholds
        if asked.eot < 1 and confidence >= asked.eot:
            return self._ended("model")
        if self._silence_s() >= asked.eot_timeout_s - _ROUNDING_S:
            return self._ended("timeout")
        if self.state is State.TURN_ONGOING and asked.eager_eot is not None and confidence >= asked.eager_eot:
            self.state = State.AWAITING_END
            return self._event("EagerEndOfTurn")
        return None

    def _ended(self, trigger: str) -> TurnEvent:
        event = self._event("EndOfTurn", trigger)
        self._hearing.end_turn()
        self.state = State.INITIAL
        self._turn += 1
        self._start_s = event.end_s
        return event

    def _event(self, event: str, trigger: str | None = None) -> TurnEvent:
        self._next_update_s = self.audio_s + UPDATE_EVERY_S
        return TurnEvent(
            event=event,
            turn=self._turn,
            start_s=self._start_s,
            end_s=self.audio_s,
            words=self._words(),
            confidence=self._confidence(),
            trigger=trigger,
        )

    def _words(self) -> tuple[Word, ...]:
        return self._hearing.words if self._hearing.speaking else ()

    def _silence_s(self) -> float:
        return self.audio_s - self._hearing.spoken_until_s

    def _confidence(self) -> float:
        return 1 - 0.5 ** (self._silence_s() / self._half_s) if self._words() else 0.0
