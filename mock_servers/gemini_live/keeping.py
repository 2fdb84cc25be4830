"""What is kept of a session, so that it can be taken up again: when handles are given, and what they reach to."""

from __future__ import annotations

from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.alarms import Due
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.client_messages import Setup
from mock_servers.gemini_live.resumption import Remembered
from mock_servers.gemini_live.server_messages import resumption_update

__all__ = ["Keeping"]

HANDLE_AFTER_S = 0.05
"""From turnComplete to the new handle; 20 to 70 ms were measured."""

INTERPRETER_FIRST_S = 4.8
INTERPRETER_EVERY_S = 2.0
"""A translating session has no turns: its handles come by the clock. 320 of them were counted in 591 s, the first at 4.8 s."""


class Keeping:
    """The resumption of one session; `is_refused` before there is one."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._is_refused = False

    def remembered(self, asked: Setup, now_s: float) -> Remembered | Close:
        """The session that this setup is for: a new one, an old one, or none."""
        handles = self._call.backend.handles
        handle = asked.session_resumption.handle if asked.session_resumption is not None else ""
        if not handle:
            return handles.new_session()
        return endings.SESSION_NOT_FOUND if self._is_refused else handles.redeem(handle, now_s)

    def begins(self, now_s: float) -> None:
        if self._is_asked_for and self._call.profile.interprets:
            self._call.alarms.set(Due.HANDLE, now_s + INTERPRETER_FIRST_S)

    def is_busy(self) -> None:
        """The session cannot be resumed while it answers; Vertex marks every update resumable."""
        self._call.alarms.drop(Due.HANDLE)
        if not self._is_asked_for:
            return
        if self._call.flavour.resumable_while_busy:
            self._give()
        else:
            self._call.say(resumption_update())

    def is_free(self, at_s: float) -> None:
        """A turn is complete: a handle comes soon."""
        if self._is_asked_for:
            self._call.alarms.set(Due.HANDLE, at_s + HANDLE_AFTER_S)

    def handle_is_due(self, at_s: float) -> None:
        self._give()
        if self._call.profile.interprets:
            self._call.alarms.set(Due.HANDLE, at_s + INTERPRETER_EVERY_S)

    def refuse(self) -> None:
        """This session's handles are dead from now on; before there is a session, whatever handle it is opened with."""
        if self._call.is_ready:
            self._call.backend.handles.refuse(self._call.past.session)
        else:
            self._is_refused = True

    def allow(self) -> None:
        self._is_refused = False
        self._call.backend.handles.allow(self._call.past.session)

    @property
    def _is_asked_for(self) -> bool:
        return self._call.setup.session_resumption is not None

    def _give(self) -> None:
        call = self._call
        asked = call.setup.session_resumption
        remembered = call.dialogue.remember()
        consumed = None
        if asked is not None and asked.transparent and call.messages_taken:
            consumed = call.settings.first_message_index + call.messages_taken - 1
        call.say(resumption_update(call.backend.handles.give(remembered), consumed=consumed))
