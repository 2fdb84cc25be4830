"""What the parts of one Live connection share: who talks to whom about what, and what they want done."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from mock_servers.base.protocol import Action, Close, Send
from mock_servers.gemini_live.alarms import Alarms, Due
from mock_servers.gemini_live.backend import Backend
from mock_servers.gemini_live.caller import Caller
from mock_servers.gemini_live.client_messages import Setup
from mock_servers.gemini_live.dialogue import Dialogue
from mock_servers.gemini_live.endpoint import Endpoint
from mock_servers.gemini_live.profile import Profile, profile_of
from mock_servers.gemini_live.resumption import Remembered
from mock_servers.gemini_live.server_messages import encode, name_of, told

__all__ = ["BELATED_MAX", "Call"]

BELATED_MAX = 256
"""Messages that wait for their time; beyond it they go out early."""


class Call:
    """One connection, from the setup on; `actions` is what it has decided since they were taken last."""

    def __init__(self, backend: Backend, endpoint: Endpoint) -> None:
        self.backend = backend
        self.settings = backend.settings
        self.endpoint = endpoint
        self.flavour = endpoint.flavour
        self.alarms = Alarms()
        self.actions: list[Action] = []
        self.opened_s = 0.0
        self.ready_s = 0.0
        self.is_ready = False
        self.is_over = False
        self.is_mute = False
        """Nothing is said any more, but the connection stands."""
        self.messages_taken = 0
        self.resumed = False
        self.begin(Setup(), Remembered(session=0))
        self._belated: list[tuple[float, dict[str, Any]]] = []

    def begin(self, setup: Setup, past: Remembered) -> None:
        """From here on the connection is about this."""
        self.setup = setup
        self.profile: Profile = profile_of(setup.model, asked=self.settings.model)
        self.past = past
        self.dialogue = Dialogue(past)
        detection = setup.realtime_input_config.automatic_activity_detection
        self.caller = Caller(self.backend.conversation, detection)

    def take_actions(self) -> list[Action]:
        taken, self.actions = self.actions, []
        return taken

    def say(self, message: Mapping[str, Any], *, audio: bytes = b"") -> None:
        if self.is_over or self.is_mute:
            return
        settings = self.settings
        payload = encode(message, text_frame=settings.text_frames, compact=settings.compact_json)
        self.actions.append(Send(name=name_of(message), payload=payload, body=told(message), audio=audio))

    def say_later(self, message: dict[str, Any], at_s: float) -> None:
        """Say it then, behind all else that was to be said later."""
        last_s = self._belated[-1][0] if self._belated else at_s
        self._belated.append((max(at_s, last_s), message))
        if len(self._belated) > BELATED_MAX:
            self.say(self._belated.pop(0)[1])
        self.alarms.set(Due.BELATED, self._belated[0][0])

    def say_belated(self) -> None:
        """The first of what was to be said later is due."""
        self.say(self._belated.pop(0)[1])
        if self._belated:
            self.alarms.set(Due.BELATED, self._belated[0][0])

    def close(self, ending: Close, now_s: float) -> None:
        if not self.is_over:
            self.leave(now_s)
            self.actions.append(ending)

    def leave(self, now_s: float) -> None:
        """The connection is over: nothing is said or heard any more."""
        if self.is_ready and not self.is_over:
            self.backend.handles.ended(self.past.session, now_s)
        self.is_over = True
        self.alarms.clear()
        self._belated.clear()

    def chance(self, what_for: str) -> random.Random:
        """Random numbers for one purpose on this session at this point of its dialogue."""
        seed = self.backend.conversation.seed
        return random.Random(f"{seed}/gemini-live/{what_for}/{self.past.session}/{self.dialogue.answers}")
