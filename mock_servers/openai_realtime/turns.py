"""The caller's side of a session: their audio, the turns in it, and the items that these become."""

from __future__ import annotations

from typing import Protocol

from mock_servers.base.hearing import SpeechStarted
from mock_servers.base.protocol import Cursors
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.input_audio import Committed, InputAudio
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.transcription import Transcription

__all__ = ["Answering", "Turns"]

IDLE = "idle"


class Answering(Protocol):
    """Who has to know that the caller speaks, or has spoken."""

    def interrupt(self) -> None:
        """The caller began to speak."""
        ...

    def answer(self) -> None:
        """The caller's turn is over and wants an answer."""
        ...


class Turns:
    """What the caller says in one session."""

    def __init__(self, desk: Desk, responses: Answering) -> None:
        self._desk = desk
        self._responses = responses
        self._input = InputAudio(desk.conversation)
        self._transcription = Transcription(desk)
        self._item_id: str | None = None
        self.configured()

    def configured(self) -> None:
        """The session was configured anew."""
        configuration = self._desk.configuration
        self._input.listen(silence_s=configuration.silence_s, eagerness=configuration.eagerness)

    @property
    def cursors(self) -> Cursors:
        """With turn detection, audio without an open turn is settled; without it, only what was committed is."""
        received_s = self._input.audio_s
        settled_s = self._input.taken_s
        if self._desk.configuration.turn_detection is not None:
            settled_s = max(settled_s, self._input.unsettled_from_s)
        return Cursors(received_s=received_s, processed_s=received_s, finalised_s=min(settled_s, received_s))

    # What the client does.

    def appended(self, pcm: bytes) -> None:
        """Audio came; it is never acknowledged."""
        for change in self._input.append(pcm):
            if self._desk.configuration.turn_detection is None:
                continue
            if isinstance(change, SpeechStarted):
                self._started(change.at_audio_s)
            else:
                self._stopped(change.at_audio_s, self._input.take(change.words))
        if self._input.speaking and self._transcription.streams:
            self._transcription.heard(self._turn_id(), [word.text for word in self._input.words])

    def commit(self) -> None:
        """Raises Refused if there is too little to commit."""
        self._become_item(self._input.commit())

    def clear(self) -> None:
        self._input.clear()
        self._item_id = None
        self._desk.tell("input_audio_buffer.cleared")

    def forgotten(self, item_id: str) -> None:
        """An item was deleted: its transcript comes no more."""
        self._transcription.forget(item_id)

    # Turns.

    def _started(self, at_s: float) -> None:
        self._desk.agenda.forget(IDLE)
        start_ms = max(0, round(at_s * 1000) - self._desk.configuration.prefix_padding_ms)
        self._desk.tell("input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=self._turn_id())
        self._responses.interrupt()

    def _stopped(self, at_s: float, committed: Committed) -> None:
        self._desk.tell("input_audio_buffer.speech_stopped", audio_end_ms=round(at_s * 1000), item_id=self._turn_id())
        self._become_item(committed)
        if self._desk.configuration.creates_responses:
            self._responses.answer()

    def _turn_id(self) -> str:
        """One id from the start of a turn to its item."""
        if self._item_id is None:
            self._item_id = self._desk.new_id("item_")
        return self._item_id

    def _become_item(self, committed: Committed) -> None:
        item_id, self._item_id = self._turn_id(), None
        shape = {
            "id": item_id,
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        item = Item(shape=shape, audio=committed.pcm, said=committed.transcript)
        previous_item_id = self._desk.items.last_id
        self._desk.tell("input_audio_buffer.committed", previous_item_id=previous_item_id, item_id=item_id)
        self._desk.enter(item)
        self._transcription.committed(item_id, committed)

    # Silence.

    def response_began(self) -> None:
        """The agent speaks again, so silence is no news."""
        self._desk.agenda.forget(IDLE)

    def response_ended(self, audio_s: float) -> None:
        """From when it has been heard to its end, the caller may be silent for too long.

        Source: openai 3.54.0, `idle_timeout_ms` and input_audio_buffer_timeout_triggered.py: `response.done` and the length of
        its audio, and then the timeout.
        """
        timeout_s = self._desk.configuration.idle_timeout_s
        self._desk.agenda.forget(IDLE)
        if timeout_s is None or self._input.speaking:
            return

        def heard_out() -> None:
            start_s = self._input.audio_s
            self._desk.agenda.note(self._desk.now_s + timeout_s, lambda: self._timed_out(start_s), owner=IDLE)

        self._desk.agenda.note(self._desk.now_s + audio_s, heard_out, owner=IDLE)

    def _timed_out(self, start_s: float) -> None:
        self._desk.tell(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=round(start_s * 1000),
            audio_end_ms=round(self._input.audio_s * 1000),
            item_id=self._turn_id(),
        )
        self._become_item(self._input.take())
        self._responses.answer()
