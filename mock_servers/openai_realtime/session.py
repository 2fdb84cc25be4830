"""One Realtime session: a client's events in, the server's events out, and time in between.

Orders of events: frames recorded against GA models in July and August 2026 (pydantic-ai's cassettes). Errors never end
a session; only the cap, a quota and a failed admission do.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import SpeechStarted, SpeechStopped
from mock_servers.base.protocol import Action, Close, Heard, Ready, Send
from mock_servers.base.trouble import (
    FailResponse,
    ProviderError,
    Quota,
    RateLimited,
    Reject,
    SessionExpired,
    Trouble,
    Unsupported,
)
from mock_servers.base.voice import Voice
from mock_servers.openai_realtime.agenda import Agenda
from mock_servers.openai_realtime.catalogue import CLIENT_TYPES
from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.errors import (
    FATAL,
    ErrorDetails,
    Refused,
    provider_error,
    rate_limit,
    session_expired,
)
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.input_audio import Committed, InputAudio, decoded
from mock_servers.openai_realtime.items import BYTES_PER_MS, Item, Items
from mock_servers.openai_realtime.messages import Event, ItemModel, ResponseModel, checked, parsed
from mock_servers.openai_realtime.response import Ended, Response
from mock_servers.openai_realtime.transcription import transcription

__all__ = ["TROUBLES", "RealtimeSession", "closing_words"]

RATE_LIMITS_AFTER_S = 0.043
"""From `response.done` to `rate_limits.updated`, as measured by the gateway captures of 2026-09-18."""

TOKENS_A_MINUTE = 15_000_000
INPUT_TOKENS_PER_AUDIO_S = 10

TROUBLES = (ProviderError, SessionExpired, RateLimited, Quota, FailResponse, Reject)
"""What OpenAI has of the troubles inside a session: there is neither a warning before the cap nor a resumption."""

PADDED = frozenset(
    {
        "response.output_text.delta",
        "response.output_audio_transcript.delta",
        "response.function_call_arguments.delta",
        "conversation.item.input_audio_transcription.delta",
    }
)
"""Deltas of text, whose length is hidden by `obfuscation`."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The session cap is reached."""


class RealtimeSession:
    """A session from its `session.created` to its close.

    Args:
        conversation: Who says what.
        voice: The agent's, shared by all sessions of a server.
        session_cap_s: The life of a session, in seconds.
        expires_at: The end of that life as a Unix time, which the client is told.
    """

    response_headers: tuple[tuple[str, str], ...] = ()

    def __init__(
        self,
        conversation: Conversation,
        *,
        voice: Voice,
        ids: Identifiers,
        model: str,
        subprotocol: str | None,
        session_cap_s: float,
        expires_at: int,
        transcription_only: bool = False,
        now_s: float = 0.0,
    ) -> None:
        self.subprotocol = subprotocol
        self.ids = ids
        self._conversation = conversation
        self._voice = voice
        self._session_cap_s = session_cap_s
        self._session_id = ids.new("sess_", now_s)
        self._conversation_id = ids.new("conv_", now_s)
        self._configuration = Configuration(
            session_id=self._session_id, expires_at=expires_at, model=model, transcription_only=transcription_only
        )
        self._items = Items()
        self._input = InputAudio(conversation, silence_s=self._configuration.silence_s)
        self._responses: dict[str, Response] = {}
        self._agenda: Agenda[Event | Ended | Expire] = Agenda()
        self._turns = 0
        self._tokens_read = 0
        self._turn_item_id: str | None = None
        self._waiting_outputs: list[tuple[Item, str | None]] = []
        self._agent_was_heard = False
        self._doomed: FailResponse | None = None
        self._rejected: list[str] = []
        self._over = False

    # What the server calls.

    def opened(self, now_s: float) -> list[Action]:
        self._agenda.note(now_s + self._session_cap_s, Expire())
        created = Event(type="session.created", fields={"session": self._configuration.document()})
        return [self._send(created, now_s), Ready()]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        try:
            message = parsed(payload)
        except Refused as refused:
            return [Heard(name="unreadable", body={"bytes": len(payload)}), self._error(refused.details, now_s)]
        name, client_event_id = message["type"], message.get("event_id")
        audio, actions = b"", list[Action]()
        try:
            if name in self._rejected:
                raise Refused("invalid_value", f"The event '{name}' is not accepted now.", param="type")
            if name in ("input_audio_buffer.append", "session.input_audio_buffer.append"):
                audio = decoded(message.get("audio"))
                actions = self._append(audio, now_s)
            else:
                actions = self._answer(name, message, now_s)
        except Refused as refused:
            echoed = client_event_id if isinstance(client_event_id, str) else None
            actions = [self._error(refused.details, now_s, client_event_id=echoed)]
        return [Heard(name=name, body=_without_audio(message), audio=audio), *actions]

    def passed(self, now_s: float) -> list[Action]:
        actions: list[Action] = []
        while not self._over and (due := self._agenda.take_due(now_s)) is not None:
            owner, thing = due
            match thing:
                case Event():
                    actions.append(self._send(self._noticed(owner, thing), now_s))
                case Ended():
                    actions += self._end(self._responses[owner], thing, now_s)
                case Expire():
                    actions += self._expire(now_s)
        return actions

    def wake_at_s(self) -> float | None:
        return None if self._over else self._agenda.next_s

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case ProviderError(code=code):
                return [self._error(provider_error(code, session_id=self._session_id), now_s)]
            case SessionExpired():
                return self._expire(now_s)
            case RateLimited(retry_after_s=retry_after_s):
                details = rate_limit(retry_after_s)
                return [*self._fail(details, now_s), self._error(details, now_s)]
            case Quota():
                return self._hang_up(provider_error("insufficient_quota", session_id=self._session_id), now_s)
            case FailResponse(code=code):
                if self._active is None:
                    self._doomed = trouble
                return self._fail(provider_error(code, session_id=self._session_id), now_s)
            case Reject(name=name):
                self._rejected.append(name)
                return []
        names = ", ".join(kind.__name__ for kind in TROUBLES)
        raise Unsupported(f"OpenAI Realtime has no {type(trouble).__name__}; it has {names}")

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case Reject(name=name) if name in self._rejected:
                self._rejected.remove(name)
            case FailResponse() if trouble == self._doomed:
                self._doomed = None
        return []

    def closed(self, now_s: float) -> None:
        self._over = True

    # Client events.

    def _answer(self, name: str, message: dict[str, Any], now_s: float) -> list[Action]:
        match name:
            case "session.update":
                return self._update_session(message, now_s)
            case "session.close":
                self._over = True
                return [Close(code=1000)]
            case "input_audio_buffer.commit":
                return self._commit(now_s)
            case "input_audio_buffer.clear":
                self._input.clear()
                self._turn_item_id = None
                return [self._send(Event(type="input_audio_buffer.cleared"), now_s)]
            case "conversation.item.create":
                return self._create_item(message, now_s)
            case "conversation.item.retrieve":
                item = self._items.get(_required(message, "item_id"))
                return [self._send(Event(type="conversation.item.retrieved", fields={"item": item.heard()}), now_s)]
            case "conversation.item.delete":
                item_id = _required(message, "item_id")
                self._items.delete(item_id)
                self._agenda.forget(f"transcription of {item_id}")
                return [self._send(Event(type="conversation.item.deleted", fields={"item_id": item_id}), now_s)]
            case "conversation.item.truncate":
                fields = {key: _required(message, key) for key in ("item_id", "content_index", "audio_end_ms")}
                self._items.truncate(**fields)
                return [self._send(Event(type="conversation.item.truncated", fields=fields), now_s)]
            case "response.create":
                return self._create_response(message, now_s)
            case "response.cancel":
                return self._cancel_response(message, now_s)
        supported = ", ".join(f"'{known}'" for known in CLIENT_TYPES)
        raise Refused("invalid_value", f"Invalid value: '{name}'. Supported values are: {supported}.", param="type")

    def _update_session(self, message: dict[str, Any], now_s: float) -> list[Action]:
        self._configuration.update(message.get("session"), audio_was_heard=self._agent_was_heard)
        self._input.listen(silence_s=self._configuration.silence_s)
        updated = Event(type="session.updated", fields={"session": self._configuration.document()})
        return [self._send(updated, now_s)]

    def _create_item(self, message: dict[str, Any], now_s: float) -> list[Action]:
        shape = _required(message, "item")
        checked(ItemModel, shape, name="item")
        shape = copy.deepcopy(shape)
        audio = b""
        for part in shape.get("content", ()):
            if part.get("audio") is not None:
                audio += decoded(part.pop("audio"))
            if part["type"] == "input_audio":
                part.setdefault("transcript", None)
        if not shape.get("id"):
            shape["id"] = self.ids.new("item_", now_s)
        if shape["type"] != "function_call_output":
            shape["status"] = "completed"
        item, after = Item(shape=shape, audio=audio), message.get("previous_item_id")
        if shape["type"] == "function_call_output" and self._active is not None:
            # A result that comes before the response is over is shown after it (recorded tool rounds).
            self._waiting_outputs.append((item, after))
            return []
        return self._enter(item, now_s, after=after)

    def _create_response(self, message: dict[str, Any], now_s: float) -> list[Action]:
        asked: ResponseModel = checked(ResponseModel, message.get("response") or {}, name="response")
        if self._configuration.transcribes_only:
            raise Refused("invalid_value", "A transcription session gives no responses.", param="type")
        if asked.conversation == "auto" and self._active is not None:
            raise Refused(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {self._active.id}.",
            )
        return self._begin_response(asked, now_s)

    def _cancel_response(self, message: dict[str, Any], now_s: float) -> list[Action]:
        response_id = message.get("response_id")
        response = self._active if response_id is None else self._responses.get(str(response_id))
        if response is None:
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found.")
        return self._end(response, Ended(status="cancelled", reason="client_cancelled"), now_s)

    # What the caller says.

    def _append(self, pcm: bytes, now_s: float) -> list[Action]:
        actions: list[Action] = []
        for change in self._input.append(pcm):
            if self._configuration.turn_detection is None:
                continue
            if isinstance(change, SpeechStarted):
                actions += self._speech_started(change, now_s)
            else:
                actions += self._speech_stopped(change, now_s)
        return actions

    def _speech_started(self, started: SpeechStarted, now_s: float) -> list[Action]:
        self._turn_item_id = self.ids.new("item_", now_s)
        start_ms = max(0, round(started.at_audio_s * 1000) - self._configuration.prefix_padding_ms)
        fields = {"audio_start_ms": start_ms, "item_id": self._turn_item_id}
        actions: list[Action] = [self._send(Event(type="input_audio_buffer.speech_started", fields=fields), now_s)]
        if self._active is not None and self._configuration.interrupts_responses:
            actions += self._end(self._active, Ended(status="cancelled", reason="turn_detected"), now_s)
        return actions

    def _speech_stopped(self, stopped: SpeechStopped, now_s: float) -> list[Action]:
        item_id = self._turn_item_id or self.ids.new("item_", now_s)
        fields = {"audio_end_ms": round(stopped.at_audio_s * 1000), "item_id": item_id}
        actions: list[Action] = [self._send(Event(type="input_audio_buffer.speech_stopped", fields=fields), now_s)]
        actions += self._committed(self._input.take(stopped), item_id, now_s)
        if self._configuration.creates_responses and self._active is None:
            actions += self._begin_response(ResponseModel(), now_s)
        return actions

    def _commit(self, now_s: float) -> list[Action]:
        committed = self._input.commit()
        return self._committed(committed, self._turn_item_id or self.ids.new("item_", now_s), now_s)

    def _committed(self, committed: Committed, item_id: str, now_s: float) -> list[Action]:
        self._turn_item_id = None
        fields = {"previous_item_id": self._items.last_id, "item_id": item_id}
        shape = {
            "id": item_id,
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        item = Item(shape=shape, audio=committed.pcm, said=committed.transcript)
        model = self._configuration.transcription_model
        if model is not None:
            for at_s, event in transcription(committed, item_id=item_id, model=model, begin_s=now_s):
                self._agenda.note(at_s, event, owner=f"transcription of {item_id}")
        committed_event = Event(type="input_audio_buffer.committed", fields=fields)
        return [self._send(committed_event, now_s), *self._enter(item, now_s)]

    def _enter(self, item: Item, now_s: float, *, after: str | None = None) -> list[Action]:
        fields = {"previous_item_id": self._items.add(item, after=after), "item": item.shape}
        return [
            self._send(Event(type=kind, fields=fields), now_s)
            for kind in ("conversation.item.added", "conversation.item.done")
        ]

    # What the agent answers.

    @property
    def _active(self) -> Response | None:
        """The response of the conversation; those outside of it run beside it."""
        return next((response for response in self._responses.values() if response.conversation_id is not None), None)

    def _begin_response(self, asked: ResponseModel, now_s: float) -> list[Action]:
        settings = self._configuration.of_response()
        if asked.output_modalities is not None:
            settings["output_modalities"] = list(asked.output_modalities)
        if asked.max_output_tokens is not None:
            settings["max_output_tokens"] = asked.max_output_tokens
        reply = self._conversation.reply(self._question(asked), turn=self._turns, tools=self._tools(asked))
        self._turns += 1
        spoken = settings["output_modalities"] == ["audio"]
        text_tokens = len(self._configuration.instructions.split()) + sum(len(i.words().split()) for i in self._items)
        audio_s = sum(len(item.audio) for item in self._items) / BYTES_PER_MS / 1000
        response = Response(
            response_id=self.ids.new("resp_", now_s),
            item_id=self.ids.new("item_", now_s),
            call_id=self.ids.call(),
            conversation_id=self._conversation_id if asked.conversation == "auto" else None,
            settings=settings,
            metadata=asked.metadata,
            reply=reply,
            pcm=self._voice.say(reply.text) if spoken else b"",
            input_tokens=(text_tokens, round(audio_s * INPUT_TOKENS_PER_AUDIO_S), self._tokens_read),
        )
        self._tokens_read = text_tokens
        self._responses[response.id] = response
        begin_s = now_s + self._conversation.reply_after_s
        if self._doomed is not None and response.conversation_id is not None:
            details = provider_error(self._doomed.code, session_id=self._session_id)
            self._doomed = None
            self._agenda.note(begin_s, Ended(status="failed", error=details), owner=response.id)
        else:
            for step in response.steps(begin_s):
                self._agenda.note(step.at_s, step.what, owner=response.id)
        return [self._send(response.created(), now_s)]

    def _question(self, asked: ResponseModel) -> str:
        """The words to answer: those of the last item, or the name of the tool that must be called."""
        forced = asked.tool_choice
        if isinstance(forced, dict) and "name" in forced:
            return f"call {forced['name']}"
        if forced == "required":
            return f"call {next(iter(self._tools(asked)), '')}"
        last = next((item for item in self._items if item.id == self._items.last_id), None)
        return "" if last is None else last.words()

    def _tools(self, asked: ResponseModel) -> tuple[str, ...]:
        if asked.tool_choice == "none":
            return ()
        if asked.tools is not None:
            return tuple(tool.name for tool in asked.tools if tool.type == "function")
        return self._configuration.tools

    def _noticed(self, owner: str, event: Event) -> Event:
        """Take note of an event that is about to be told."""
        response = self._responses.get(owner)
        if response is not None:
            if event.type == "conversation.item.added":
                before = self._items.add(response.item)
                event = Event(type=event.type, fields={"previous_item_id": before, **event.fields})
            response.was_told(event)
            self._agent_was_heard = self._agent_was_heard or response.audio_told
        elif event.type == "conversation.item.input_audio_transcription.completed":
            item = self._items.get(event.fields["item_id"])
            item.shape["content"][event.fields["content_index"]]["transcript"] = event.fields["transcript"]
        return event

    def _end(self, response: Response, ended: Ended, now_s: float) -> list[Action]:
        self._agenda.forget(response.id)
        del self._responses[response.id]
        before = self._items.before(response.item.id)
        actions: list[Action] = [self._send(event, now_s) for event in response.end(ended, previous_item_id=before)]
        self._agenda.note(now_s + RATE_LIMITS_AFTER_S, _rate_limits(response.usage()["total_tokens"]))
        waiting, self._waiting_outputs = self._waiting_outputs, []
        for item, after in waiting:
            try:
                actions += self._enter(item, now_s, after=after)
            except Refused as refused:
                actions.append(self._error(refused.details, now_s))
        return actions

    def _fail(self, details: ErrorDetails, now_s: float) -> list[Action]:
        """The response that is running, if one is, fails."""
        if self._active is None:
            return []
        return self._end(self._active, Ended(status="failed", error=details), now_s)

    # Ends, and errors.

    def _expire(self, now_s: float) -> list[Action]:
        details = session_expired(self._session_cap_s)
        self._over = True
        return [self._error(details, now_s), Close(code=1001, reason=details.message)]

    def _hang_up(self, details: ErrorDetails, now_s: float) -> list[Action]:
        self._over = True
        return [self._error(details, now_s), closing_words(details)]

    def _error(self, details: ErrorDetails, now_s: float, *, client_event_id: str | None = None) -> Send:
        return self._send(Event(type="error", fields={"error": details.event(client_event_id)}), now_s)

    def _send(self, event: Event, now_s: float) -> Send:
        fields = event.fields
        if event.type in PADDED:
            fields = {**fields, "obfuscation": self.ids.padding(fields["delta"])}
        body = {"type": event.type, "event_id": self.ids.new("event_", now_s), **fields}
        payload = json.dumps(body, separators=(",", ":"))
        return Send(name=event.type, payload=payload, body=_without_audio(body), audio=event.audio)


def closing_words(details: ErrorDetails) -> Close:
    """The close behind a fatal error: its reason is `<type>.<code>`."""
    assert details.code is not None
    return Close(code=FATAL[details.code], reason=f"{details.type}.{details.code}")


def _rate_limits(tokens: int) -> Event:
    """Tokens only: the request counter of the beta is gone. They come back within a minute, evenly."""
    limit = {
        "name": "tokens",
        "limit": TOKENS_A_MINUTE,
        "remaining": TOKENS_A_MINUTE - tokens,
        "reset_seconds": round(tokens * 60 / TOKENS_A_MINUTE, 3),
    }
    return Event(type="rate_limits.updated", fields={"rate_limits": [limit]})


def _required(message: dict[str, Any], name: str) -> Any:
    if message.get(name) is None:
        raise Refused("missing_required_parameter", f"Missing required parameter: '{name}'.", param=name)
    return message[name]


def _without_audio(message: dict[str, Any]) -> dict[str, Any]:
    """What observers are told of an event: no audio, no dates; a copy, since items and sessions go on changing."""
    told = {name: value for name, value in message.items() if name != "audio"}
    if told["type"] == "response.output_audio.delta":
        del told["delta"]
    if isinstance(told.get("session"), dict):
        told["session"] = {name: value for name, value in told["session"].items() if name != "expires_at"}
    item = told.get("item")
    if isinstance(item, dict) and isinstance(item.get("content"), list):
        parts = [
            {name: value for name, value in part.items() if name != "audio"} if isinstance(part, dict) else part
            for part in item["content"]
        ]
        told["item"] = {**item, "content": parts}
    return copy.deepcopy(told)
