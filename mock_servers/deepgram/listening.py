"""A connection that brings audio: worked on at the service's pace, in the order in which it came.

What /v1/listen and /v2/listen have in common; what a text means, and what is told of the audio, each says for itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from hashlib import sha256

from mock_servers.base.protocol import Action, Close, Cursors, Heard, Send
from mock_servers.deepgram.client_texts import ClientText, Misunderstood
from mock_servers.deepgram.intake import Intake, Piece
from mock_servers.deepgram.pace import Pace
from mock_servers.deepgram.session import UNKNOWN, Opening, SocketSession
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.sound import SoundFormat, Undecodable

__all__ = ["MEDIA", "Listening"]

MEDIA = "Media"
"""What binary frames are called; on the wire they have no name."""


class Listening(SocketSession):
    """One connection. Audio has three cursors: received, worked on, and told in a final result."""

    def __init__(self, opening: Opening, *, sound: SoundFormat | None, apart: bool, settings: Settings) -> None:
        super().__init__(opening)
        self._settings = settings
        self._intake = Intake(sound, apart=apart)
        # Audio and the texts behind it, in order: what a client sends after its audio takes effect after its audio.
        self._waiting: deque[Piece | ClientText] = deque()
        # Counted in samples: seconds that are added up are no longer exact.
        self._waiting_samples = 0
        self._worked_samples = 0
        self._digest = sha256()
        self._pace = Pace(0.0)
        self._alive_s = 0.0
        self._is_deaf = False
        self._has_said_all = False

    def opened(self, now_s: float) -> list[Action]:
        self._pace = Pace(now_s, speed=self._settings.speed_max, burst_s=self._settings.burst_s)
        self._alive_s = now_s
        return super().opened(now_s)

    def pause_reading_until_s(self, now_s: float) -> float | None:
        """Nothing is read while the service is behind: the excess over its pace is throttled, not refused."""
        until_s = self._pace.ready_at_s()
        return until_s if until_s > now_s and not self._is_over else None

    def cursors(self, now_s: float) -> Cursors:
        """A client whose connection dies loses what was not finalised, whatever its sends have returned."""
        return Cursors(
            received_s=self._seconds(self._worked_samples + self._waiting_samples),
            processed_s=self._seconds(self._worked_samples),
            finalised_s=self._finalised_until_s(),
        )

    # ── what each path says ──────────────────────────────────────────────────

    @abstractmethod
    def _understood(self, text: str) -> ClientText:
        """Read a text frame.

        Raises:
            Misunderstood: It is no message of this path.
        """

    @abstractmethod
    def _misunderstood(self, text: str, why: Misunderstood) -> list[Action]: ...

    @abstractmethod
    def _rejected(self, message: ClientText) -> list[Action]: ...

    @abstractmethod
    def _obeyed(self, message: ClientText, now_s: float) -> list[Action]:
        """The text's turn has come: all audio before it was worked on."""

    @abstractmethod
    def _recognised(self, piece: Piece) -> list[Action]:
        """What is told of a piece of audio."""

    @abstractmethod
    def _could_not_decode(self, now_s: float) -> list[Action]: ...

    @abstractmethod
    def _expired(self, now_s: float) -> list[Action]:
        """A deadline has passed, or none has; asked while nothing waits to be worked on or said."""

    @abstractmethod
    def _finalised_until_s(self) -> float: ...

    def _is_final(self, send: Send) -> bool:
        """Whether a result will not be revised."""
        return False

    # ── what comes in ────────────────────────────────────────────────────────

    def _heard(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._has_said_all:
            return []
        actions = self._text(payload, now_s) if isinstance(payload, str) else self._media(payload, now_s)
        return actions[:1] + self._delayed(actions[1:] + self._work(now_s), now_s)

    def _media(self, data: bytes, now_s: float) -> list[Action]:
        if self._troubles.rejects(MEDIA):
            return [_media(data), *self._could_not_decode(now_s)]
        self._alive_s = now_s
        if self._settings.sha256 == "digest":
            self._digest.update(data)
        if not data and self._settings.empty_frame_closes:
            self._waiting.append(ClientText(type="CloseStream", fields={}))
        if not data:
            return [_media(data)]
        if self._is_deaf:
            return [_media(data, undecoded=True)]
        try:
            pieces = self._intake.taken(data)
        except Undecodable:
            self._is_deaf = True
            return [_media(data, undecoded=True), *self._could_not_decode(now_s)]
        samples = sum(piece.samples for piece in pieces)
        self._waiting.extend(pieces)
        self._waiting_samples += samples
        heard = _media(data, self._seconds(samples))
        if 0 < self._settings.backlog_s_max < self._seconds(self._waiting_samples):
            return [heard, Close(code=1008)]
        return [heard]

    def _text(self, text: str, now_s: float) -> list[Action]:
        try:
            message = self._understood(text)
        except Misunderstood as error:
            if self._settings.unparsable_text_is_life:
                self._alive_s = now_s
            return [Heard(name=UNKNOWN, body={"text": text}), *self._misunderstood(text, error)]
        heard = Heard(name=message.type, body=message.fields)
        if self._troubles.rejects(message.type):
            return [heard, *self._rejected(message)]
        self._alive_s = now_s
        at_once = self._at_once(message)
        if not at_once:
            self._waiting.append(message)
        return [heard, *at_once]

    def _at_once(self, message: ClientText) -> list[Action]:
        """What answers a text before its turn comes; then it has none."""
        return []

    # ── what becomes of it ───────────────────────────────────────────────────

    def _waited(self, now_s: float) -> list[Action]:
        actions = self._delayed(self._work(now_s), now_s)
        if actions or self._outbox or self._has_said_all:
            return actions
        if 0 < self._settings.listen_session_s <= now_s - self._opened_s:
            return [Close(code=1011)]
        return self._expired(now_s)

    def _work(self, now_s: float) -> list[Action]:
        """Go on with what is waiting, as far as the pace allows."""
        actions: list[Action] = []
        while self._waiting:
            if isinstance(next_one := self._waiting[0], ClientText):
                self._waiting.popleft()
                actions += self._obeyed(next_one, now_s)
                continue
            if self._pace.ready_at_s() > now_s:
                break
            self._waiting.popleft()
            self._alive_s = now_s
            self._pace.worked(next_one.lasts_s, now_s)
            self._waiting_samples -= next_one.samples
            self._worked_samples += next_one.samples
            actions += self._recognised(next_one)
        return actions

    def _seconds(self, samples: int) -> float:
        return samples / self._intake.sound.sample_rate_hz if self._intake.sound is not None else 0.0

    def _delayed(self, actions: list[Action], now_s: float) -> list[Action]:
        """What of these is said now. Finals may come late, and nothing overtakes them."""
        for place, action in enumerate(actions):
            late_s = self._settings.late_finals_s if isinstance(action, Send) and self._is_final(action) else 0.0
            if not self._outbox and not late_s:
                continue
            for waits in actions[place:]:
                is_late = isinstance(waits, Send) and self._is_final(waits)
                self._outbox.put(waits, now_s + (self._settings.late_finals_s if is_late else 0.0))
                self._has_said_all |= isinstance(waits, Close)
            return actions[:place]
        return actions

    def _deadlines(self) -> tuple[float | None, ...]:
        if self._has_said_all:
            return ()
        cap_s = self._settings.listen_session_s
        return (
            self._pace.ready_at_s() if self._waiting else None,
            self._opened_s + cap_s if cap_s and not self._outbox else None,
            # What waits to be said holds every other end off.
            *(() if self._outbox else self._patience()),
        )

    def _patience(self) -> tuple[float | None, ...]:
        """When `_expired` wants to be asked."""
        return ()

    def _silent_since_s(self) -> float | None:
        """Since when the client owes a frame. While the service is behind, it is not the client who keeps it waiting."""
        return None if self._waiting else self._alive_s


def _media(data: bytes, lasts_s: float = 0.0, *, undecoded: bool = False) -> Heard:
    """What observers are told of a frame of audio; `undecoded` if the service could make nothing of it."""
    body = {"bytes": len(data)} | ({"undecoded": True} if undecoded else {})
    return Heard(name=MEDIA, body=body, audio=data, audio_s=lasts_s)
