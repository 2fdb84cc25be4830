"""The answers to a client's pings: at once, later, or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mock_servers.base.switchboard import Switchboard
from mock_servers.base.trouble import DelayPongs, MutePings

if TYPE_CHECKING:
    from mock_servers.base.connection import Connection

__all__ = ["Pongs"]


class Pongs:
    """The pongs of one connection."""

    def __init__(self, line: Connection, board: Switchboard) -> None:
        self._line = line
        self._board = board
        self._late: dict[int, asyncio.TimerHandle] = {}
        self._delayed = 0

    def answer(self, pong: bytes) -> None:
        """Send this frame, as far as the troubles in force let it."""
        orders, connection = self._board.orders, self._line.number
        if (muted := orders.first(connection, MutePings)) is not None:
            muted[0].hits += 1
            return
        if (delayed := orders.first(connection, DelayPongs)) is None:
            self._line.write(pong)
            return
        order, trouble = delayed
        order.hits += 1
        self._delayed += 1
        number = self._delayed

        def send() -> None:
            del self._late[number]
            self._line.write(pong)

        self._late[number] = self._line.later(trouble.delay_s, send)

    def forget(self) -> None:
        """The connection is gone; nothing is sent any more."""
        for timer in self._late.values():
            timer.cancel()
        self._late.clear()
