"""Clients that do not let go. Each of them does, when it is asked for the second time: nothing outlives a test."""

from __future__ import annotations

import asyncio

from websockets.exceptions import ConnectionClosed

from providers.base import SessionState
from providers.reconnect import Cause
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug


@bug
class TakesItsOwnGoodbyeForALoss(WebSocketProvider):
    """Hangs up, and calls back."""

    _has_come_back = False

    async def disconnect(self) -> None:
        await super().disconnect()
        if not self._has_come_back:
            self._has_come_back = self._should_reconnect = True
            self._state = SessionState.CONNECTED
            self._lost(Cause(says="the connection is gone"))


@bug
class GoesOnTryingAfterGoodbye(WebSocketProvider):
    """Closes what is open, and forgets that it was about to open another one."""

    _is_haunted = False

    async def disconnect(self) -> None:
        forgotten = None
        if not self._is_haunted:
            self._is_haunted = True
            forgotten, self._recovering = self._recovering, None
        await super().disconnect()
        self._recovering = forgotten or self._recovering


@bug
class SaysGoodbyeForAsLongAsItTakes(WebSocketProvider):
    """Waits for the server to have heard everything before it leaves."""

    async def disconnect(self) -> None:
        if self._link is not None and self._link.is_open:
            try:
                async with asyncio.timeout(60.0):
                    await (await self._link._socket.ping())
            except (ConnectionClosed, TimeoutError):
                pass
        await super().disconnect()
