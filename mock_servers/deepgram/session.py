"""What all WebSockets of the service have in common: how they open, in which order they speak, how they are over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from mock_servers.base.protocol import Action, Close, Ready, Send
from mock_servers.base.trouble import ProviderError, Trouble
from mock_servers.deepgram.account import Account, Room
from mock_servers.deepgram.errors import CROSS_ORIGIN
from mock_servers.deepgram.outbox import Outbox
from mock_servers.deepgram.troubles import Troubles, error_code

__all__ = ["UNKNOWN", "Opening", "SocketSession"]

UNKNOWN = "Unknown"
"""What observers are told of a frame that is no message. Nobody sends it, so it stands in no catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An upgrade that was let in. `subprotocol` is what the 101 has to answer."""

    request_id: str
    account: Account
    room: Room
    subprotocol: str | None = None


class SocketSession(ABC):
    """One connection: who fills in the methods with an underscore decides what it says.

    It takes a place in its room from the 101 on, and gives it back when it is gone.
    """

    def __init__(self, opening: Opening) -> None:
        self.request_id = opening.request_id
        self.subprotocol = opening.subprotocol
        self.response_headers: tuple[tuple[str, str], ...] = (("dg-request-id", opening.request_id), *CROSS_ORIGIN)
        self._room = opening.room
        self._troubles = Troubles(opening.account)
        self._outbox = Outbox()
        self._opened_s = 0.0
        self._has_place = False
        self._is_over = False

    # ── what the server asks ─────────────────────────────────────────────────

    def opened(self, now_s: float) -> list[Action]:
        self._room.enter()
        self._has_place = True
        self._opened_s = now_s
        return self._said([Ready(), *self._began(now_s)])

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        return self._said(self._heard(payload, now_s))

    def passed(self, now_s: float) -> list[Action]:
        if self._is_over:
            return []
        due = self._said(self._outbox.due(now_s))
        return due if self._is_over else due + self._said(self._waited(now_s))

    def wake_at_s(self) -> float | None:
        if self._is_over:
            return None
        times = (self._outbox.next_at_s(), *self._deadlines())
        return min((at_s for at_s in times if at_s is not None), default=None)

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        if not isinstance(trouble, ProviderError):
            self._troubles.begin(trouble, now_s)
            return []
        return [] if self._is_over else self._said(self._failed(error_code(trouble.code), now_s))

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        self._troubles.end(trouble)
        return []

    def closed(self, now_s: float) -> None:
        # A client that closes without saying so before is not in order either: what the service thinks is unverified.
        if self._has_place:
            self._room.leave(now_s, in_order=self._is_over)
        self._has_place, self._is_over = False, True
        self._troubles.closed()

    @abstractmethod
    def message(self, name: str) -> dict[str, Any]:
        """A message of this name that fits this connection. KeyError if its path has none."""

    # ── what differs from path to path ───────────────────────────────────────

    @abstractmethod
    def _began(self, now_s: float) -> list[Action]:
        """What is said at the opening."""

    @abstractmethod
    def _heard(self, payload: str | bytes, now_s: float) -> list[Action]:
        """The answer to a frame."""

    @abstractmethod
    def _waited(self, now_s: float) -> list[Action]:
        """What time alone brings about."""

    @abstractmethod
    def _deadlines(self) -> tuple[float | None, ...]:
        """When `_waited` wants to be asked."""

    @abstractmethod
    def _failed(self, code: str, now_s: float) -> list[Action]:
        """The error of this code (`troubles.error_code`), in the words of the path."""

    def _told(self, send: Send) -> None:  # noqa: B027, who keeps no account of what was said has nothing to do
        """This message goes out now."""

    def _said(self, actions: list[Action]) -> list[Action]:
        """What is carried out of these: nothing follows a close frame."""
        for place, action in enumerate(actions):
            if isinstance(action, Send):
                self._told(action)
            if isinstance(action, Close):
                self._is_over = True
                self._outbox.clear()
                return actions[: place + 1]
        return actions
