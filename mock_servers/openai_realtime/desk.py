"""What the parts of a session share: who they are, what was agreed, what was said, what is due, and the way out."""

from __future__ import annotations

import random
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Close, Ready
from mock_servers.base.voice import Voice
from mock_servers.openai_realtime.agenda import Agenda
from mock_servers.openai_realtime.configuration import Configuration
from mock_servers.openai_realtime.errors import ErrorDetails
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.items import Item, Items
from mock_servers.openai_realtime.rate_limits import RateLimits
from mock_servers.openai_realtime.settings import Settings
from mock_servers.openai_realtime.wording import send

__all__ = ["Desk"]


class Desk:
    """One session's desk. Its parts write down what they have to say; the session takes it away.

    Args:
        conversation: Who says what.
        voice: The agent's, shared by all sessions of a server.
        limits: The organisation's, shared likewise.
        connection: Counts the sessions of a server; streams of chance are named after it.
    """

    def __init__(
        self,
        *,
        conversation: Conversation,
        settings: Settings,
        voice: Voice,
        limits: RateLimits,
        ids: Identifiers,
        configuration: Configuration,
        connection: int,
        now_s: float,
    ) -> None:
        self.conversation = conversation
        self.settings = settings
        self.voice = voice
        self.limits = limits
        self.ids = ids
        self.configuration = configuration
        self.session_id = configuration.session_id
        self.conversation_id = ids.new("conv_", now_s)
        self.now_s = now_s
        self.items = Items()
        self.agenda = Agenda()
        self.over = False
        self._connection = connection
        self._written: list[Action] = []

    def chance(self, name: str) -> random.Random:
        """This session's stream of chance of that name, from its beginning. To be asked for once it is needed: to seed one
        takes 2.5 KB and a good part of the time in which a session opens, and many sessions never draw."""
        return random.Random(f"{self.conversation.seed}/openai/{name}/{self._connection}")

    def new_id(self, prefix: str) -> str:
        return self.ids.new(prefix, self.now_s)

    # What is said.

    def tell(self, kind: str, **fields: Any) -> None:
        self.send(Event(type=kind, fields=fields))

    def send(self, event: Event) -> None:
        self._written.append(send(event, self.ids, self.now_s))

    def error(self, details: ErrorDetails, *, client_event_id: str | None = None) -> None:
        self.tell("error", error=details.event(client_event_id))

    def ready(self) -> None:
        self._written.append(Ready())

    def close(self, code: int, reason: str = "") -> None:
        """The last thing that is said."""
        self.over = True
        self._written.append(Close(code=code, reason=reason))

    def taken(self) -> list[Action]:
        """What was written since the last call."""
        written, self._written = self._written, []
        return written

    # Items.

    def enter(self, item: Item, *, after: str | None = None) -> None:
        """Put a whole item into the conversation, and tell so.

        Raises:
            Refused: If it has no place there.
        """
        before = self.items.add(item, after=after)
        self.announce(item, before)
        self.tell("conversation.item.added", previous_item_id=before, item=item.shape)
        self.tell("conversation.item.done", previous_item_id=before, item=item.shape)

    def announce(self, item: Item, before: str | None) -> None:
        """The event that the SDK's types have for a new item beside `conversation.item.added`; not recorded in 2026."""
        if self.settings.announced:
            self.tell("conversation.item.created", previous_item_id=before, item=item.shape)
