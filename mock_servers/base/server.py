"""The server: TCP, TLS, HTTP and WebSocket on one port; carries out what a vendor's protocol decides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from mock_servers.base.checks import check, check_tls
from mock_servers.base.connection import Connection
from mock_servers.base.ledger import Ledger
from mock_servers.base.observer import Observer
from mock_servers.base.orders import Order, Scope
from mock_servers.base.protocol import Cursors, Vendor
from mock_servers.base.switchboard import Switchboard
from mock_servers.base.trouble import Trouble

if TYPE_CHECKING:
    from mock_servers.base.tls import Certificates

__all__ = ["MockServer", "TroubleHandle"]

HOST = "127.0.0.1"
"""A mock is reached from this machine only, whatever is asked of it."""


class TroubleHandle:
    """A trouble that was ordered. `hits` counts the connections, or messages, that it has hit."""

    def __init__(self, order: Order, board: Switchboard) -> None:
        self._order = order
        self._board = board

    @property
    def number(self) -> int:
        """Counts the troubles of this server from 1."""
        return self._order.number

    @property
    def hits(self) -> int:
        return self._order.hits

    @property
    def in_force(self) -> bool:
        """Whether it may still hit."""
        return self._order.in_force

    async def lift(self) -> None:
        """The trouble is over, and what it held up goes on; lifting twice does nothing."""
        self.lift_now()

    def lift_now(self) -> None:
        """`lift`, for who cannot wait."""
        self._board.lift(self._order)


class MockServer:
    """A vendor's mock on a loopback port: `async with MockServer(vendor) as server: server.port`.

    With `tls` it speaks TLS only; troubles of certificates need `Certificates`, from which bad ones can be made.
    Observers are told which key was shown as the number that `key_number` has for it; the key itself is told to nobody.
    Bound in `start`, gone after `aclose`: no task, socket or port is left. Time is the running loop's.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        port: int = 0,
        tls: Certificates | ssl.SSLContext | None = None,
        observer: Observer | None = None,
        key_number: Callable[[str], int | None] = lambda key: None,
    ) -> None:
        self.port = port
        self._vendor = vendor
        self._tls = tls
        self._observer = observer
        self._key_number = key_number
        self.ledger = Ledger(now_s=lambda: self._board.now_s() if self._board else 0.0, cursors=self._cursors)
        """What each connection received and sent; it outlives the server's end."""
        self._board: Switchboard | None = None
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises OSError if the port is taken."""
        if self._listener is not None:
            raise RuntimeError("this server runs already")
        loop = asyncio.get_running_loop()
        board = Switchboard(
            vendor=self._vendor,
            ledger=self.ledger,
            observer=self._observer,
            loop=loop,
            began_at=loop.time(),
            tls=self._tls,
            key_number=self._key_number,
        )
        self._listener = await loop.create_server(lambda: Connection(board), HOST, self.port)
        self._board = board
        self.port = self._listener.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening, take every connection down, and come back when the last is gone. Closing twice is fine."""
        listener, self._listener = self._listener, None
        if listener is None or self._board is None:
            return
        listener.close()
        for line in tuple(self._board.lines.values()):
            if line.websocket is not None:
                line.websocket.abort()
            else:
                line.abort()
        if self._board.lines:
            await self._board.all_gone.wait()
        await listener.wait_closed()

    async def __aenter__(self) -> MockServer:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    @property
    def live(self) -> tuple[int, ...]:
        """The upgraded connections that are open now, oldest first."""
        return () if self._board is None else self._board.live

    @property
    def troubles(self) -> tuple[Order, ...]:
        """The troubles that were ordered and not lifted, oldest first."""
        return () if self._board is None else tuple(self._board.orders)

    def trouble(self, trouble: Trouble, *, on: Scope = "all", times: int | None = None) -> TroubleHandle:
        """Begin a trouble, synchronously: what can happen at once has been written to the transport on return.

        Args:
            on: `live` connections, those still to come (`next`), both (`all`), or the connection of this number.
            times: After so many hits it ends by itself; None lets it last until it is lifted.

        Raises:
            Unsupported: If this vendor has no such trouble.
            ValueError: If nobody can do it: a close code that cannot be sent, `times` below 1.
        """
        if self._board is None:
            raise RuntimeError("the server has not been started")
        check(trouble, self._vendor, times=times)
        check_tls(trouble, self._tls)
        board = self._board
        order = board.orders.add(trouble, scope=on, times=times, live=board.live)
        try:
            board.strike(order)
        except ValueError:
            board.orders.drop(order)
            raise
        return TroubleHandle(order, board)

    def lift(self, order: Order) -> None:
        """End one of `troubles`; what it held up goes on. Lifting twice does nothing."""
        if self._board is not None:
            self._board.lift(order)

    def _cursors(self, connection: int) -> Cursors | None:
        line = self._board.lines.get(connection) if self._board is not None else None
        return line.websocket.cursors() if line is not None and line.websocket is not None else None
