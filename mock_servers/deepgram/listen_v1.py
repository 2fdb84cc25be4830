"""A connection to /v1/listen: audio in, transcripts out, and the timers that end it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Close, Send
from mock_servers.deepgram import listen_v1_messages as messages
from mock_servers.deepgram.client_texts import ClientText, Misunderstood, NoJson, end_of, understood, unknown_variant
from mock_servers.deepgram.identifiers import date_of
from mock_servers.deepgram.intake import Piece
from mock_servers.deepgram.keyterms import Keyterms
from mock_servers.deepgram.listen_query import ListenQuery
from mock_servers.deepgram.listening import Listening
from mock_servers.deepgram.outgoing import send
from mock_servers.deepgram.recognition import Recognition, SpeechBegan, Told, UtteranceEnded, Window
from mock_servers.deepgram.session import Opening
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.troubles import NET0000, NET0001

__all__ = ["ListenV1"]


class ListenV1(Listening):
    """One connection. It says nothing until there is audio to speak of; `start` counts from its own first sample.

    Three things end it: a client that sends nothing (NET-0001), a service that finds nothing to say (NET-0000; disarmed
    by its first message), and audio that cannot be decoded.
    """

    def __init__(self, opening: Opening, *, query: ListenQuery, conversation: Conversation, settings: Settings) -> None:
        super().__init__(opening, sound=query.sound, apart=query.multichannel, settings=settings)
        self.query = query
        self._conversation = conversation
        self._keyterms = Keyterms(query, opening.request_id)
        self._ears: tuple[Recognition, ...] = ()
        self._finals_end_s: dict[int, float] = {}
        self._chance = _Chance(conversation.seed, opening.request_id)
        self._late_starts: list[tuple[int, SpeechBegan]] = []
        self._first_text_by_s: float | None = None
        self._gives_up_s: float | None = None

    def message(self, name: str) -> dict[str, Any]:
        audio_s = self._audio_s()
        match name:
            case "Results":
                return self._tell(Window(start_s=audio_s, end_s=audio_s, words=()))
            case "SpeechStarted":
                return self._tell(SpeechBegan(at_s=audio_s))
            case "UtteranceEnd":
                return self._tell(UtteranceEnded(last_word_end_s=audio_s))
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

    # ── texts ────────────────────────────────────────────────────────────────

    def _understood(self, text: str) -> ClientText:
        return understood(text, messages.CLIENT_TEXTS)

    def _misunderstood(self, text: str, why: Misunderstood) -> list[Action]:
        words = self._settings.non_json_description if isinstance(why, NoJson) else ""
        return [send(messages.schema_error(words or str(why), text))]

    def _rejected(self, message: ClientText) -> list[Action]:
        others = tuple(name for name in messages.CLIENT_TEXTS if not self._troubles.rejects(name))
        return [_misfit(message.text, unknown_variant(message.type, others))]

    def _at_once(self, message: ClientText) -> list[Action]:
        if message.type == "Configure" and any(
            isinstance(waits, ClientText) and waits.type == "Configure" for waits in self._waiting
        ):
            return [send(self._keyterms.pending())]
        return []

    def _obeyed(self, message: ClientText, now_s: float) -> list[Action]:
        match message.type:
            case "CloseStream":
                rest = [(channel, told) for channel, ear in enumerate(self._ears) for told in ear.closed()]
                return [*self._tells(rest), self._metadata(now_s), Close(code=1000)]
            case "Finalize":
                return self._finalize(message)
            case "Sync" if self._settings.sync_finalizes:
                return self._finalize(message)
            case "Configure":
                try:
                    return [send(self._keyterms.configured(message.fields))]
                except Misunderstood as error:
                    return [_misfit(message.text, str(error))]
            case _:
                # KeepAlive has done its work by arriving. What Sync means is not known; the service takes it.
                return []

    def _finalize(self, message: ClientText) -> list[Action]:
        only = message.fields.get("channel")
        if only is not None and (isinstance(only, bool) or not isinstance(only, int) or only < 0):
            return [_misfit(message.text, f"invalid value for `channel`: {only!r}")]
        if self._chance.finalize.random() < self._settings.finalize_unanswered_chance:
            return []
        even_if_empty = self._settings.empty_finalize == "final"
        return self._tells(
            [
                (channel, told)
                for channel, ear in enumerate(self._ears)
                if only in (None, channel)
                for told in ear.finalized(even_if_empty=even_if_empty)
            ]
        )

    # ── audio ────────────────────────────────────────────────────────────────

    def _recognised(self, piece: Piece) -> list[Action]:
        if not self._ears:
            assert self._intake.sound is not None, "there are pieces only once the format is known"
            self._ears = tuple(self._ear(self._intake.sound.sample_rate_hz) for _ in piece.channels)
        return self._tells(
            [
                (channel, told)
                for channel, (ear, pcm) in enumerate(zip(self._ears, piece.channels, strict=True))
                for told in ear.heard(pcm)
            ]
        )

    def _ear(self, sample_rate_hz: int) -> Recognition:
        return Recognition(
            self._conversation,
            sample_rate_hz=sample_rate_hz,
            endpointing_s=self.query.endpointing_s,
            interims=self.query.interim_results,
            utterance_end_s=self.query.utterance_end_s,
        )

    def _could_not_decode(self, now_s: float) -> list[Action]:
        if self._settings.undecodable == "1008" or self._troubles.rejects("Media"):
            return [Close(code=1008, reason=self._settings.undecodable_reason)]
        if self._gives_up_s is None:
            self._gives_up_s = max(now_s, self._opened_s + self._settings.undecodable_after_s)
        return []

    def _audio_s(self) -> float:
        return max((ear.audio_s for ear in self._ears), default=0.0)

    def _finalised_until_s(self) -> float:
        return min((self._finals_end_s.get(channel, 0.0) for channel in range(len(self._ears))), default=0.0)

    # ── what it says ─────────────────────────────────────────────────────────

    def _tells(self, told: list[tuple[int, Told]]) -> list[Action]:
        return [send(self._tell(what, channel)) for channel, what in self._in_order(told)]

    def _in_order(self, told: list[tuple[int, Told]]) -> Iterator[tuple[int, Told]]:
        """As the client is told of it: the start of speech only if it asked, and by chance behind the result after it."""
        for channel, what in told:
            if not isinstance(what, SpeechBegan):
                yield channel, what
                late, self._late_starts = self._late_starts, []
                yield from late
            elif not self.query.vad_events:
                continue
            elif self._chance.speech_started.random() < self._settings.speech_started_late_chance:
                self._late_starts.append((channel, what))
            else:
                yield channel, what

    def _tell(self, what: Told, channel: int = 0) -> dict[str, Any]:
        channels = max(1, len(self._ears))
        match what:
            case SpeechBegan():
                return messages.speech_started(what, channel=channel, channels=channels)
            case UtteranceEnded():
                return messages.utterance_end(what, channel=channel, channels=channels)
            case Window():
                return messages.results(
                    what, self.query, request_id=self.request_id, channel=channel, channels=channels
                )
            case _:
                raise AssertionError(f"a recognition does not tell {what!r}")

    def _metadata(self, now_s: float) -> Send:
        sound, duration_s, created = self._intake.sound, self._audio_s(), date_of(now_s)
        sha256 = self._digest.hexdigest() if self._settings.sha256 == "digest" else "incomplete"
        if sound is None or duration_s == 0:
            return send(messages.no_metadata(request_id=self.request_id, created=created, sha256=sha256))
        return send(
            messages.metadata(
                request_id=self.request_id,
                created=created,
                sha256=sha256,
                duration_s=duration_s,
                channels=sound.channels,
                model=self.query.model,
            )
        )

    def _told(self, sent: Send) -> None:
        self._first_text_by_s = None
        if self._is_final(sent):
            body = sent.body
            self._finals_end_s[body["channel_index"][0]] = body["start"] + body["duration"]

    def _is_final(self, sent: Send) -> bool:
        return sent.name == "Results" and bool(sent.body["is_final"])

    # ── when it ends ─────────────────────────────────────────────────────────

    def _began(self, now_s: float) -> list[Action]:
        if self._settings.first_text_s:
            self._first_text_by_s = now_s + self._settings.first_text_s
        return []

    def _patience(self) -> tuple[float | None, ...]:
        return self._idle_at_s(), self._first_text_by_s, self._gives_up_s

    def _idle_at_s(self) -> float | None:
        since_s = self._silent_since_s()
        return None if since_s is None or not self._settings.idle_s else since_s + self._settings.idle_s

    def _expired(self, now_s: float) -> list[Action]:
        if self._gives_up_s is not None and now_s >= self._gives_up_s:
            return [self._metadata(now_s), Close(code=1000)]
        if self._first_text_by_s is not None and now_s >= self._first_text_by_s:
            return self._failed("net0000", now_s)
        idle_at_s = self._idle_at_s()
        if idle_at_s is not None and now_s >= idle_at_s:
            return self._failed("net0001", now_s)
        return []

    def _failed(self, code: str, now_s: float) -> list[Action]:
        match code:
            case "net0000":
                return [Close(code=1011, reason=NET0000)]
            case "net0001":
                return [self._metadata(now_s), Close(code=1011, reason=NET0001)]
            case "data0000":
                return [Close(code=1008, reason=self._settings.undecodable_reason)]
            case _:
                return [_misfit("{}", "missing field `type`")]


def _misfit(text: str, description: str) -> Send:
    return send(messages.schema_error(f"{description} at {end_of(text)}", text))


class _Chance:
    """What chance decides on one connection: a stream for each thing, so that one draw more here moves none there."""

    def __init__(self, seed: int, request_id: str) -> None:
        self.finalize = random.Random(f"{seed}:deepgram:finalize:{request_id}")
        self.speech_started = random.Random(f"{seed}:deepgram:speech-started:{request_id}")
