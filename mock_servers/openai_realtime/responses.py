"""The responses of a session: one in the conversation at a time, others beside it; how each begins, and how it ends."""

from __future__ import annotations

import random
from functools import cached_property, partial
from typing import Any, Protocol

from mock_servers.base.trouble import FailResponse
from mock_servers.openai_realtime.answers import Answers, asked_for
from mock_servers.openai_realtime.context import read_context
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.errors import ErrorDetails, Refused, provider_error, rate_limit
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.first_session import format_told, voice_of
from mock_servers.openai_realtime.playback import Playback
from mock_servers.openai_realtime.response import Done, Ended, Move, Opened, Response
from mock_servers.openai_realtime.response_shape import ResponseShape
from mock_servers.openai_realtime.tokens import Tokens

__all__ = ["Listener", "Responses"]

RATE_LIMITS_AFTER_S = 0.043
"""From `response.done` to `rate_limits.updated`, as measured by the gateway captures of 2026-09-18."""

INCOMPLETE = ("content_filter", "max_output_tokens")
"""Reasons for which a response stays incomplete; it has not failed then."""


class Listener(Protocol):
    """Who has to know of the responses of the conversation."""

    def response_began(self) -> None: ...

    def response_ended(self, audio_s: float) -> None:
        """`audio_s` is how long its audio lasts."""
        ...


class Responses:
    """All responses of one session.

    Args:
        playback: Where the audio goes in a call; None sends it in events.
    """

    def __init__(self, desk: Desk, answers: Answers, *, playback: Playback | None = None) -> None:
        self._desk = desk
        self._answers = answers
        self._playback = playback
        self._live: dict[str, Response] = {}
        self._listeners: list[Listener] = []
        self._last_read = Tokens()
        self._doomed: FailResponse | None = None
        self._is_first = True
        self.audio_was_heard = False

    @cached_property
    def _chance(self) -> random.Random:
        return self._desk.chance("failures")

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    @property
    def active(self) -> Response | None:
        """The response of the conversation; those outside of it run beside it."""
        return next((response for response in self._live.values() if response.conversation_id is not None), None)

    # What asks for a response, and what ends one.

    def create(self, message: dict[str, Any]) -> None:
        """Raises Refused if there is one already, or it is asked for something that is not."""
        asked = asked_for(message)
        if self._desk.configuration.transcribes_only:
            raise Refused("invalid_value", "A transcription session gives no responses.", param="type")
        if asked.in_conversation and self.active is not None:
            raise Refused(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {self.active.id}.",
            )
        self._begin(asked)

    def answer(self) -> None:
        """The caller's turn is over. Where a response runs that could not be interrupted, there is no second one."""
        if self.active is None:
            try:
                self._begin(ResponseShape())
            except Refused as refused:
                self._desk.error(refused.details)

    def cancel(self, message: dict[str, Any]) -> None:
        """Raises Refused if there is nothing to cancel, also not yet (livekit/agents#6244)."""
        response_id = message.get("response_id")
        response = self.active if response_id is None else self._live.get(str(response_id))
        if response is None or not response.is_created or response.is_ending:
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found.")
        self._stop(response, Ended(status="cancelled", reason="client_cancelled"))

    def interrupt(self) -> None:
        """The caller speaks into the response."""
        if self._playback is not None and self._desk.configuration.interrupts_responses:
            self._playback.clear()
        if self.active is not None and self._desk.configuration.interrupts_responses and not self.active.is_ending:
            self._stop(self.active, Ended(status="cancelled", reason="turn_detected"))

    def fail(self, details: ErrorDetails) -> None:
        """The response that is running, if one is, fails."""
        if self.active is not None:
            self._end(self.active, Ended(status="failed", error=details))

    def doom(self, trouble: FailResponse) -> None:
        """The response that is running fails, or the next one if none is."""
        if self.active is None:
            self._doomed = trouble
        else:
            self._end(self.active, self._failure(trouble.code))

    def spare(self, trouble: FailResponse) -> None:
        """A failure that has not come yet does not come."""
        if self._doomed == trouble:
            self._doomed = None

    # Its life.

    def _begin(self, asked: ResponseShape) -> None:
        desk = self._desk
        settings = self._settings(asked)
        items = self._answers.read(asked)
        instructions = asked.instructions if asked.instructions is not None else desk.configuration.instructions
        read = read_context(
            instructions,
            items,
            truncation=desk.configuration.truncation,
            tokens_max=desk.settings.context_tokens_max,
        )
        question = self._answers.question(asked, items)
        response = Response(
            response_id=desk.new_id("resp_"),
            conversation_id=desk.conversation_id if asked.in_conversation else None,
            settings=settings,
            metadata=asked.metadata,
            read=read,
            cached=read.within(self._last_read),
        )
        self._live[response.id] = response
        if asked.in_conversation:
            self._last_read = read
            for listener in self._listeners:
                listener.response_began()
        self._after_processing(response, partial(self._created, response))
        begin_s = desk.now_s + max(desk.conversation.reply_after_s, desk.settings.processing_s)
        refusal = self._refusal(response)
        if refusal is not None:
            desk.agenda.note(begin_s, partial(self._end, response, refusal), owner=response.id)
            return
        response.outputs = self._answers.outputs(asked, question, response_id=response.id, settings=settings)
        filtered = desk.settings.content_filter_word
        for move in response.plan(begin_s, filtered=bool(filtered) and filtered in question.split()):
            desk.agenda.note(move.at_s, partial(self._move, response, move), owner=response.id)

    def _settings(self, asked: ResponseShape) -> dict[str, Any]:
        settings = self._desk.configuration.of_response()
        if asked.output_modalities is not None:
            settings["output_modalities"] = list(asked.output_modalities)
        if asked.max_output_tokens is not None:
            settings["max_output_tokens"] = asked.max_output_tokens
        output = None if asked.audio is None else asked.audio.output
        if output is not None and output.format is not None:
            settings["audio"]["output"]["format"] = format_told(output.format.model_dump())
        if output is not None and output.voice is not None:
            voice = voice_of(output.voice if isinstance(output.voice, str) else output.voice.model_dump())
            if self.audio_was_heard and voice != settings["audio"]["output"]["voice"]:
                raise Refused(
                    "cannot_update_voice",
                    "Cannot update a conversation's voice if assistant audio is present.",
                    param="response.audio.output.voice",
                )
            settings["audio"]["output"]["voice"] = voice
        return settings

    def _refusal(self, response: Response) -> Ended | None:
        """How a response fails before it has begun: it was told to, chance has it so, or the organisation has no tokens left."""
        if self._doomed is not None and response.conversation_id is not None:
            doomed, self._doomed = self._doomed, None
            return self._failure(doomed.code)
        if self._chance.random() < self._desk.settings.response_failures:
            return self._failure("server_error")
        wait_s = self._desk.limits.wait_s(self._desk.now_s)
        return Ended(status="failed", error=rate_limit(wait_s, of="tokens")) if wait_s else None

    def _failure(self, code: str) -> Ended:
        if code in INCOMPLETE:
            return Ended(status="incomplete", reason=code)
        return Ended(status="failed", error=provider_error(code, session_id=self._desk.session_id))

    def _created(self, response: Response) -> None:
        if not response.is_created:
            response.is_created = True
            self._desk.tell("response.created", response=response.shape())

    def _move(self, response: Response, move: Move) -> None:
        match move.what:
            case Opened(output=output):
                for event in response.opened(output):
                    self._tell(response, event)
            case Event() as event:
                self._tell(response, event)
            case Done(output=output):
                if output in response.open_outputs:
                    self._close(response, output, status="completed")
            case Ended() as ended:
                self._end(response, ended)

    def _tell(self, response: Response, event: Event) -> None:
        if event.type == "conversation.item.added":
            item = next(output.item for output in response.outputs if output.item.id == event.fields["item"]["id"])
            before = self._desk.items.add(item)
            self._desk.announce(item, before)
            event = Event(type=event.type, fields={"previous_item_id": before, **event.fields})
        response.was_told(event)
        if event.type == "response.output_audio.delta":
            self.audio_was_heard = True
            if self._playback is not None:
                self._playback.play(response.id, response.audio_s)
                return
        self._desk.send(event)

    def _close(self, response: Response, output: Any, *, status: str) -> None:
        # A quirk of the recordings of July 2026: in the first response of a session it is null, also where the item has
        # one before it.
        before = None if self._is_first else self._desk.items.before(output.item.id)
        for event in response.done(output, status=status, previous_item_id=before):
            self._desk.send(event)

    def _stop(self, response: Response, ended: Ended) -> None:
        """End it as soon as that has come through; until then, deltas still go out."""
        response.is_ending = True
        self._after_processing(response, partial(self._end, response, ended))

    def _after_processing(self, response: Response, do: partial[None]) -> None:
        delay_s = self._desk.settings.processing_s
        if delay_s > 0:
            self._desk.agenda.note(self._desk.now_s + delay_s, do, owner=response.id)
        else:
            do()

    def _end(self, response: Response, ended: Ended) -> None:
        desk = self._desk
        desk.agenda.forget(response.id)
        del self._live[response.id]
        self._created(response)
        status = "completed" if ended.status == "completed" else "incomplete"
        for output in response.open_outputs:
            if ended.status == "cancelled" and not desk.settings.closes_cancelled_items:
                response.dropped(output)
            else:
                self._close(response, output, status=status)
        desk.send(response.end(ended))
        self._is_first = False
        if self._playback is not None:
            self._playback.ended(response.id)
        desk.limits.spend(response.usage()["total_tokens"], desk.now_s)
        if ended.status in ("completed", "incomplete") or desk.settings.rate_limits_after_failure:
            desk.agenda.note(desk.now_s + RATE_LIMITS_AFTER_S, self._tell_limits)
        if response.conversation_id is not None:
            for listener in self._listeners:
                listener.response_ended(response.audio_s)

    def _tell_limits(self) -> None:
        self._desk.tell("rate_limits.updated", rate_limits=self._desk.limits.told(self._desk.now_s))
