"""Clients that do not take a loss for one, or take for one what is none."""

from __future__ import annotations

from providers.base import ConnectionFailed
from providers.reconnect import Cause
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug

UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@bug
class TakesACleanCloseForTheEnd(WebSocketProvider):
    """Stops where the server closes politely, as if somebody had asked it to."""

    def _lost(self, cause: Cause) -> None:
        if cause.close_code in (1000, 1001, 1005):
            self._give_up()
        else:
            super()._lost(cause)


@bug
class TakesAServerErrorForTheEnd(WebSocketProvider):
    """Stops where the server closes with 1011."""

    def _lost(self, cause: Cause) -> None:
        if cause.close_code == 1011:
            self._give_up()
        else:
            super()._lost(cause)


@bug
class NoticesCloseFramesOnly(WebSocketProvider):
    """Misses an end of the stream without a close frame, and goes on talking to nobody."""

    def _lost(self, cause: Cause) -> None:
        if cause.close_code != 1006:
            super()._lost(cause)


@bug
class TakesABrokenProtocolForTheEnd(WebSocketProvider):
    """Stops where its own library had to close the connection."""

    def _lost(self, cause: Cause) -> None:
        if cause.says.startswith("the connection was closed from here"):
            self._give_up()
        else:
            super()._lost(cause)


@bug
class StopsReadingAtAnUnreadableMessage(WebSocketProvider):
    """The task that reads dies of a message that it cannot read, and nobody looks at that task."""

    async def _take(self, payload: bytes) -> None:
        await self._received(payload)

    async def _receive(self, link) -> None:
        try:
            await super()._receive(link)
        except UNREADABLE:
            return


@bug
class RedialsAtAnUnreadableMessage(WebSocketProvider):
    """Throws a good connection away because of one message."""

    async def _take(self, payload: bytes) -> None:
        try:
            await self._received(payload)
        except UNREADABLE:
            raise ConnectionFailed(Cause(says="a message could not be read")) from None


@bug
class EndsTheCallAtAnUnreadableMessage(WebSocketProvider):
    """Goes into `error` because of one message."""

    async def _take(self, payload: bytes) -> None:
        try:
            await self._received(payload)
        except UNREADABLE:
            self._give_up()


@bug
class EndsItsEventsAtAnError(WebSocketProvider):
    """Takes any `error` event for the last one."""

    def _emit(self, kind, /, **data) -> None:
        super()._emit(kind, **data)
        if kind == "error":
            self._events.end()


@bug
class RedialsAtAFailedAnswer(WebSocketProvider):
    """Takes an answer that failed for a connection that is lost."""

    def _tell_failure(self, details) -> None:
        super()._tell_failure(details)
        self._lost(Cause(says="the answer failed"))


@bug
class IsDeafAfterReconnecting(WebSocketProvider):
    """Opens the new connection and reads on from the old one."""

    def _adopted(self) -> None:
        super()._adopted()
        if self._is_reconnecting:
            self._receiving.cancel()
