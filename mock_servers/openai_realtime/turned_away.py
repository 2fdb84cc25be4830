"""A session that is over before it began: the 101, one error, the close."""

from __future__ import annotations

from mock_servers.base.protocol import Action, Close
from mock_servers.base.trouble import Trouble
from mock_servers.openai_realtime.errors import FATAL, ErrorDetails
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.wording import send

__all__ = ["TurnedAway"]


class TurnedAway:
    """Captures of 2026-09-18: the reason of the close is `<type>.<code>`."""

    response_headers: tuple[tuple[str, str], ...] = ()

    def __init__(self, error: ErrorDetails, *, ids: Identifiers, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._error = error
        self._ids = ids

    def opened(self, now_s: float) -> list[Action]:
        assert self._error.code is not None
        event = Event(type="error", fields={"error": self._error.event()})
        close = Close(code=FATAL[self._error.code], reason=f"{self._error.type}.{self._error.code}")
        return [send(event, self._ids, now_s), close]

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        return []

    def passed(self, now_s: float) -> list[Action]:
        return []

    def wake_at_s(self) -> float | None:
        return None

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        return []

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        return []

    def closed(self, now_s: float) -> None:
        return
