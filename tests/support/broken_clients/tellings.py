"""Clients that do the right thing and tell the wrong one."""

from __future__ import annotations

from providers.reconnect import Wait
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug


@bug
class TellsNothingOfItsAttempts(WebSocketProvider):
    """The application learns of an outage when that is over."""

    def _announce(self, wait: Wait) -> None:
        self._reconnect_attempts = wait.attempt


@bug
class TellsTheFailureTwice(WebSocketProvider):
    """An application that cleans up on it does so twice."""

    def _give_up(self) -> None:
        self._emit("connection.failed", attempts=5, reason="the connection was lost")
        super()._give_up()


@bug
class TellsTheRecoveryTwice(WebSocketProvider):
    """From the place that opens the connection, and from the one that asked for it."""

    def _adopted(self) -> None:
        super()._adopted()
        if self._is_reconnecting:
            self._emit("connection.reconnected", attempts=self._reconnect_attempts)


@bug
class FailsInSilence(WebSocketProvider):
    """Ends, and leaves it to the application to find that out."""

    def _emit(self, kind, /, **data) -> None:
        if kind != "connection.failed":
            super()._emit(kind, **data)
