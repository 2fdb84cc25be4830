"""A connection to /v1/listen: audio in, transcripts out, and the timers that end it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Close, Heard, Ready, Send
from mock_servers.base.trouble import ProviderError, Trouble
from mock_servers.deepgram import messages
from mock_servers.deepgram.account import Account
from mock_servers.deepgram.identifiers import date_of
from mock_servers.deepgram.intake import Intake
from mock_servers.deepgram.keyterms import Keyterms
from mock_servers.deepgram.listen_query import ListenQuery
from mock_servers.deepgram.messages import ClientText, Misunderstood
from mock_servers.deepgram.pace import Pace
from mock_servers.deepgram.recognition import SpeechBegan, Told, UtteranceEnded, Window
from mock_servers.deepgram.sound import Undecodable
from mock_servers.deepgram.troubles import NET0000, NET0001, Troubles, error_code

__all__ = ["ListenLimits", "ListenV1"]

MEDIA = "Media"
"""What binary frames are called; on the wire they have no name."""
UNKNOWN = "Unknown"
"""What a text that is no message is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenLimits:
    """When the service loses patience, and how it behaves where accounts differ.

    Args:
        idle_s: Without a frame from the client. Documented as 10 s, observed as about 12 s (public capture of
            2026-08-25, deepgram-python-sdk#632); pings do not count.
        first_text_s: Without a first message from the server (deepgram-dotnet-sdk#131 and #133).
        undecodable: What ends a connection whose audio cannot be decoded: a silent 1000 after `undecodable_s`
            (deepgram-js-sdk#336 and #337), or 1008 as documented.
        empty_frame_closes: Whether an empty binary frame means CloseStream (deprecated in 2022, still documented).
    """

    idle_s: float = 12.0
    first_text_s: float = 30.0
    undecodable: Literal["silence", "1008"] = "silence"
    undecodable_s: float = 9.4
    empty_frame_closes: bool = True


class ListenV1:
    """One connection. It says nothing until there is audio to speak of; `start` counts from its own first sample."""

    def __init__(
        self,
        *,
        query: ListenQuery,
        request_id: str,
        subprotocol: str | None,
        response_headers: tuple[tuple[str, str], ...],
        conversation: Conversation,
        account: Account,
        limits: ListenLimits,
    ) -> None:
        self.query = query
        self.request_id = request_id
        self.subprotocol = subprotocol
        self.response_headers = response_headers
        self._account = account
        self._limits = limits
        self._troubles = Troubles(account)
        self._keyterms = Keyterms(query, request_id)
        self._intake = Intake(query, conversation)
        # Audio and the texts behind it, in order: what a client sends after its audio takes effect after its audio.
        self._waiting: deque[bytes | ClientText] = deque()
        self._counts = False
        self._is_over = False
        self._opened_s = self._alive_s = 0.0
        self._pace = Pace(0.0)
        self._first_text_by_s: float | None = None
        self._gives_up_s: float | None = None

    def opened(self, now_s: float) -> list[Action]:
        self._account.stream_opened()
        self._counts = True
        self._pace = Pace(now_s)
        self._opened_s = self._alive_s = now_s
        self._first_text_by_s = now_s + self._limits.first_text_s
        return [Ready()]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        actions = self._text(payload, now_s) if isinstance(payload, str) else self._media(payload, now_s)
        return self._done(actions + self._work(now_s))

    def passed(self, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        actions = self._work(now_s)
        return self._done(actions or self._expired(now_s))

    def wake_at_s(self) -> float | None:
        if self._is_over:
            return None
        work_s = [self._pace.ready_at_s()] if self._waiting else []
        timers = (self._idle_at_s(), self._first_text_by_s, self._gives_up_s)
        return min(work_s + [at_s for at_s in timers if at_s is not None])

    def pause_reading_until_s(self, now_s: float) -> float | None:
        """Nothing is read while the service is behind: the excess over its pace is throttled, not refused."""
        until_s = self._pace.ready_at_s()
        return until_s if until_s > now_s and not self._is_over else None

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        if not isinstance(trouble, ProviderError):
            self._troubles.begin(trouble, now_s)
            return []
        match error_code(trouble.code):
            case "net0000":
                return self._done([Close(code=1011, reason=NET0000)])
            case "net0001":
                return self._done([self._metadata(now_s), Close(code=1011, reason=NET0001)])
            case "data0000":
                return self._done([_undecodable()])
            case _:
                return self._done([_misfit("{}", "missing field `type`")])

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        self._troubles.end(trouble)
        return []

    def closed(self, now_s: float) -> None:
        # A client that closes without CloseStream is not in order either: whether the service thinks so is unverified.
        if self._counts:
            self._account.stream_closed(now_s, in_order=self._is_over)
        self._counts, self._is_over = False, True
        self._troubles.closed()

    def message(self, name: str) -> dict[str, Any]:
        """A message of this name that fits this connection. KeyError if listen has none."""
        audio_s = self._intake.audio_s
        match name:
            case "Results":
                return self._told(Window(start_s=audio_s, end_s=audio_s, words=()))
            case "SpeechStarted":
                return self._told(SpeechBegan(at_s=audio_s))
            case "UtteranceEnd":
                return self._told(UtteranceEnded(last_word_end_s=audio_s))
            case "Metadata":
                return dict(self._metadata(self._alive_s).body)
            case "Error":
                return dict(_misfit("{}", "missing field `type`").body)
            case "ConfigureSuccess":
                return self._keyterms.success()
            case "ConfigureFailure":
                return self._keyterms.failure()
            case _:
                raise KeyError(name)

    # ── what the client sends ────────────────────────────────────────────────

    def _media(self, data: bytes, now_s: float) -> list[Action]:
        heard = Heard(name=MEDIA, body={"bytes": len(data)}, audio=data)
        if self._troubles.rejects(MEDIA):
            return [heard, _undecodable()]
        self._alive_s = now_s
        if not data and self._limits.empty_frame_closes:
            self._waiting.append(ClientText(type="CloseStream", fields={}))
        elif self._gives_up_s is None:
            try:
                self._waiting.extend(self._intake.cut(data))
            except Undecodable:
                if self._limits.undecodable == "1008":
                    return [heard, _undecodable()]
                self._gives_up_s = max(now_s, self._opened_s + self._limits.undecodable_s)
        return [heard]

    def _text(self, text: str, now_s: float) -> list[Action]:
        try:
            message = messages.understood(text)
        except Misunderstood as error:
            # Whether such a frame counts as a sign of life is unverified.
            self._alive_s = now_s
            return [
                Heard(name=UNKNOWN, body={"text": text}),
                messages.send(messages.schema_error(str(error), text)),
            ]
        heard = Heard(name=message.type, body=message.fields)
        if self._troubles.rejects(message.type):
            others = tuple(name for name in messages.CLIENT_TEXTS if not self._troubles.rejects(name))
            return [heard, _misfit(text, messages.unknown_variant(message.type, others))]
        self._alive_s = now_s
        self._waiting.append(message)
        return [heard]

    # ── what it does about it ────────────────────────────────────────────────

    def _work(self, now_s: float) -> list[Action]:
        """Go on with what is waiting, as far as the pace allows."""
        actions: list[Action] = []
        while self._waiting:
            if isinstance(message := self._waiting[0], ClientText):
                self._waiting.popleft()
                actions += self._obey(message, now_s)
                continue
            if self._pace.ready_at_s() > now_s:
                break
            self._waiting.popleft()
            self._alive_s = now_s
            self._pace.worked(self._intake.lasts_s(message), now_s)
            actions += self._sent(self._intake.heard(message))
        return actions

    def _obey(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "CloseStream":
                return [*self._sent(self._intake.closed()), self._metadata(now_s), Close(code=1000)]
            case "Finalize":
                match message.fields.get("channel"):
                    case None:
                        return self._sent(self._intake.finalized())
                    case int(channel) if channel >= 0 and not isinstance(channel, bool):
                        return self._sent(self._intake.finalized(channel))
                    case other:
                        return [_misfit(message.text, f"invalid value for `channel`: {other!r}")]
            case "Configure":
                try:
                    return [messages.send(self._keyterms.configured(message.fields.get("keyterms")))]
                except Misunderstood as error:
                    return [_misfit(message.text, str(error))]
            case _:
                # KeepAlive has done its work by arriving. What Sync means is not known; the service takes it.
                return []

    # ── what it says ─────────────────────────────────────────────────────────

    def _sent(self, told: list[tuple[int, Told]]) -> list[Action]:
        return [
            messages.send(self._told(what, channel))
            for channel, what in told
            if self.query.vad_events or not isinstance(what, SpeechBegan)
        ]

    def _told(self, what: Told, channel: int = 0) -> dict[str, Any]:
        channels = self._intake.channels
        match what:
            case SpeechBegan():
                return messages.speech_started(what, channel=channel, channels=channels)
            case UtteranceEnded():
                return messages.utterance_end(what, channel=channel, channels=channels)
            case Window():
                return messages.results(
                    what,
                    request_id=self.request_id,
                    model=self.query.model,
                    channel=channel,
                    channels=channels,
                    punctuate=self.query.punctuate,
                )
            case _:
                raise AssertionError(f"a recognition does not tell {what!r}")

    def _metadata(self, now_s: float) -> Send:
        sound, duration_s = self._intake.sound, self._intake.audio_s
        created = date_of(now_s)
        if sound is None or duration_s == 0:
            return messages.send(messages.no_metadata(request_id=self.request_id, created=created))
        return messages.send(
            messages.metadata(
                request_id=self.request_id,
                created=created,
                duration_s=duration_s,
                channels=sound.channels,
                model=self.query.model,
            )
        )

    # ── when it ends ─────────────────────────────────────────────────────────

    def _idle_at_s(self) -> float | None:
        # While the service is behind, it is not the client who keeps it waiting.
        return None if self._waiting else self._alive_s + self._limits.idle_s

    def _expired(self, now_s: float) -> list[Action]:
        if self._gives_up_s is not None and now_s >= self._gives_up_s:
            return [self._metadata(now_s), Close(code=1000)]
        if self._first_text_by_s is not None and now_s >= self._first_text_by_s:
            return [Close(code=1011, reason=NET0000)]
        idle_at_s = self._idle_at_s()
        if idle_at_s is not None and now_s >= idle_at_s:
            return [self._metadata(now_s), Close(code=1011, reason=NET0001)]
        return []

    def _done(self, actions: list[Action]) -> list[Action]:
        """Note what these actions mean for the timers; nothing follows a close frame."""
        for place, action in enumerate(actions):
            if isinstance(action, Send):
                self._first_text_by_s = None
            if isinstance(action, Close):
                self._is_over = True
                self._waiting.clear()
                return actions[: place + 1]
        return actions


def _undecodable() -> Close:
    # The full reason is unverified; the documentation gives this payload.
    return Close(code=1008, reason="DATA-0000")


def _misfit(text: str, description: str) -> Send:
    return messages.send(messages.schema_error(f"{description} at {messages.end_of(text)}", text))
