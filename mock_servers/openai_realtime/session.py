"""One Realtime session: a client's events in, the server's events out, and time in between.

Orders of events: frames recorded against GA models in July and August 2026 (pydantic-ai's cassettes). Errors never end
a session; only the cap, a quota, a message that is too long and a failed admission do.
"""

from __future__ import annotations

from typing import Any

from mock_servers.base.protocol import Action, Cursors, Heard
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
from mock_servers.openai_realtime.answers import Answers
from mock_servers.openai_realtime.call_audio import CallAudio
from mock_servers.openai_realtime.calls import Call
from mock_servers.openai_realtime.catalogue import CALL_CLIENT_TYPES, CLIENT_TYPES
from mock_servers.openai_realtime.desk import Desk
from mock_servers.openai_realtime.dialogue import Dialogue
from mock_servers.openai_realtime.errors import Refused, provider_error, rate_limit, session_expired
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.input_audio import decoded
from mock_servers.openai_realtime.mcp import Mcp
from mock_servers.openai_realtime.messages import parsed
from mock_servers.openai_realtime.playback import Playback
from mock_servers.openai_realtime.responses import Responses
from mock_servers.openai_realtime.sound import from_wire
from mock_servers.openai_realtime.turns import Turns
from mock_servers.openai_realtime.wording import without_secrets

__all__ = ["TROUBLES", "RealtimeSession"]

APPEND = ("input_audio_buffer.append", "session.input_audio_buffer.append")

CALL_LOOK_S = 0.1
"""How often a sideband looks whether its call still stands."""

TROUBLES = (ProviderError, SessionExpired, RateLimited, Quota, FailResponse, Reject)
"""What OpenAI has of the troubles inside a session: there is neither a warning before the cap nor a resumption."""


class RealtimeSession:
    """A session from its `session.created` to its close.

    Args:
        call: The call that is joined from the side; None for a session of one's own.
        opened_unix_s: The date now.
    """

    response_headers: tuple[tuple[str, str], ...] = ()

    def __init__(
        self, desk: Desk, *, subprotocol: str | None = None, call: Call | None = None, opened_unix_s: float = 0.0
    ) -> None:
        self.subprotocol = subprotocol
        self._desk = desk
        self._mcp = Mcp(desk)
        playback = None if call is None else Playback(desk)
        self._responses = Responses(desk, Answers(desk, self._mcp), playback=playback)
        self._turns = Turns(desk, self._responses)
        self._dialogue = Dialogue(desk, responses=self._responses, turns=self._turns, mcp=self._mcp)
        self._responses.subscribe(self._turns)
        self._responses.subscribe(self._dialogue)
        self._playback = playback
        self._call = call
        self._caller: CallAudio | None = None
        if playback is not None and call is not None:
            self._caller = CallAudio(
                desk, hear=self._turns.appended, opened_unix_s=opened_unix_s, has_keys=call.is_phone
            )
            playback.heard_out = self._caller.speak
        self._rejected: list[str] = []

    @property
    def ids(self) -> Identifiers:
        return self._desk.ids

    # What the server calls.

    def opened(self, now_s: float) -> list[Action]:
        desk = self._desk
        desk.now_s = now_s
        desk.agenda.note(now_s + desk.settings.session_cap_s, self._expire)
        desk.tell("session.created", session=desk.configuration.document())
        if desk.settings.announced:
            conversation = {"id": desk.conversation_id, "object": "realtime.conversation"}
            desk.tell("conversation.created", conversation=conversation)
        desk.ready()
        self._mcp.configured()
        if self._caller is not None:
            self._caller.begin()
            self._look_for_the_end_of_the_call()
        return desk.taken()

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        self._desk.now_s = now_s
        if len(payload) > self._desk.settings.message_bytes_max:
            self._desk.close(1009, "message too big")
            return [Heard(name="unreadable", body={"bytes": len(payload)}), *self._desk.taken()]
        try:
            message = parsed(payload)
        except Refused as refused:
            self._desk.error(refused.details)
            return [Heard(name="unreadable", body={"bytes": len(payload)}), *self._desk.taken()]
        client_event_id, audio = message.get("event_id"), b""
        try:
            if message["type"] in self._rejected:
                raise Refused("invalid_value", f"The event '{message['type']}' is not accepted now.", param="type")
            if message["type"] in APPEND:
                audio = self._audio(message)
                self._turns.appended(audio)
            else:
                self._answer(message)
        except Refused as refused:
            echoed = client_event_id if isinstance(client_event_id, str) else None
            self._desk.error(refused.details, client_event_id=echoed)
        return [Heard(name=message["type"], body=without_secrets(message), audio=audio), *self._desk.taken()]

    def passed(self, now_s: float) -> list[Action]:
        self._desk.now_s = now_s
        while not self._desk.over and (do := self._desk.agenda.take_due(now_s)) is not None:
            do()
        return self._desk.taken()

    def wake_at_s(self) -> float | None:
        return None if self._desk.over else self._desk.agenda.next_s

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        desk = self._desk
        desk.now_s = now_s
        match trouble:
            case ProviderError(code=code):
                desk.error(provider_error(code, session_id=desk.session_id))
            case SessionExpired():
                self._expire()
            case RateLimited(retry_after_s=retry_after_s):
                details = rate_limit(retry_after_s)
                self._responses.fail(details)
                desk.error(details)
            case Quota():
                details = provider_error("insufficient_quota", session_id=desk.session_id)
                desk.error(details)
                desk.close(desk.settings.quota_close_code, f"{details.type}.{details.code}")
            case FailResponse():
                self._responses.doom(trouble)
            case Reject(name=name):
                self._rejected.append(name)
            case _:
                names = ", ".join(kind.__name__ for kind in TROUBLES)
                raise Unsupported(f"OpenAI Realtime has no {type(trouble).__name__}; it has {names}")
        return desk.taken()

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case Reject(name=name) if name in self._rejected:
                self._rejected.remove(name)
            case FailResponse():
                self._responses.spare(trouble)
        return []

    def closed(self, now_s: float) -> None:
        self._desk.over = True

    def cursors(self, now_s: float) -> Cursors:
        return self._turns.cursors

    # Client events.

    def _answer(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "session.update":
                self._update(message)
            case "session.close":
                self._desk.close(1000)
            case "input_audio_buffer.commit":
                self._turns.commit()
            case "input_audio_buffer.clear":
                self._turns.clear()
            case "conversation.item.create":
                self._dialogue.create(message)
            case "conversation.item.retrieve":
                self._dialogue.retrieve(message)
            case "conversation.item.delete":
                self._dialogue.delete(message)
            case "conversation.item.truncate":
                self._dialogue.truncate(message)
            case "response.create":
                self._responses.create(message)
            case "response.cancel":
                self._responses.cancel(message)
            case "output_audio_buffer.clear" if self._playback is not None:
                self._playback.clear()
            case unknown:
                known = CLIENT_TYPES if self._playback is None else CLIENT_TYPES + CALL_CLIENT_TYPES
                supported = ", ".join(f"'{name}'" for name in known)
                raise Refused(
                    "invalid_value", f"Invalid value: '{unknown}'. Supported values are: {supported}.", param="type"
                )

    def _audio(self, message: dict[str, Any]) -> bytes:
        data = decoded(message.get("audio"), counted=self._desk.settings.append_limit)
        return from_wire(data, self._desk.configuration.sounds["input_audio"])

    def _update(self, message: dict[str, Any]) -> None:
        self._desk.configuration.update(message.get("session"), audio_was_heard=self._responses.audio_was_heard)
        self._turns.configured()
        self._desk.tell("session.updated", session=self._desk.configuration.document())
        self._mcp.configured()

    # The end.

    def _look_for_the_end_of_the_call(self) -> None:
        """A call is hung up over REST, on another connection; how OpenAI then ends its sidebands is not known."""
        if self._call is not None and self._call.is_over:
            self._desk.close(1000)
        else:
            self._desk.agenda.note(self._desk.now_s + CALL_LOOK_S, self._look_for_the_end_of_the_call)

    def _expire(self) -> None:
        details = session_expired(self._desk.settings.session_cap_s)
        self._desk.error(details)
        self._desk.close(1001, details.message)
