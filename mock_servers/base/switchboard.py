"""What all connections of one server share."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mock_servers.base.ledger import Ledger
from mock_servers.base.observer import Observer, Received, Seen, Sent
from mock_servers.base.orders import Order, Orders
from mock_servers.base.protocol import Compressing, Heard, Keyed, Pinging, Send, Vendor

if TYPE_CHECKING:
    from mock_servers.base.connection import Connection
    from mock_servers.base.tls import Certificates

__all__ = ["Switchboard"]


@dataclass(slots=True, kw_only=True, eq=False)
class Switchboard:
    """`lines` are the TCP connections that stand, by number, oldest first; `began_at` is the loop's time at the start.
    With `tls` the server speaks TLS; where it is given as `Certificates`, bad ones can be shown. `key_number` says which of
    the known keys one is. The ledger takes down everything that happens, and `observer`, if there is one, is told it."""

    vendor: Vendor
    ledger: Ledger
    observer: Observer | None
    loop: asyncio.AbstractEventLoop
    began_at: float
    tls: Certificates | ssl.SSLContext | None = None
    key_number: Callable[[str], int | None] = lambda key: None
    orders: Orders = field(default_factory=Orders)
    lines: dict[int, Connection] = field(default_factory=dict)
    all_gone: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: int = 0
    keyed: Keyed | None = field(init=False)
    pinging: Pinging | None = field(init=False)
    compressing: Compressing | None = field(init=False)

    def __post_init__(self) -> None:
        # Once, and not on each connection: to see whether an object is one of these, Python looks at all its attributes.
        self.keyed = self.vendor if isinstance(self.vendor, Keyed) else None
        self.pinging = self.vendor if isinstance(self.vendor, Pinging) else None
        self.compressing = self.vendor if isinstance(self.vendor, Compressing) else None

    def tell(self, seen: Seen) -> None:
        self.ledger.take(seen)
        if self.observer is not None:
            self.observer(seen)

    def received(self, connection: int, message: Heard, *, size_bytes: int) -> None:
        """Tell what a client said."""
        self.ledger.received(connection, message, size_bytes=size_bytes)
        if self.observer is not None:
            self.observer(
                Received(
                    connection=connection,
                    name=message.name,
                    body=message.body,
                    audio=message.audio,
                    audio_s=message.audio_s,
                    size_bytes=size_bytes,
                )
            )

    def sent(self, connection: int, message: Send, *, size_bytes: int) -> None:
        """Tell what was said to a client."""
        self.ledger.sent(connection, message, size_bytes=size_bytes)
        if self.observer is not None:
            self.observer(
                Sent(
                    connection=connection,
                    name=message.name,
                    body=message.body,
                    audio=message.audio,
                    audio_s=message.audio_s,
                    size_bytes=size_bytes,
                )
            )

    def now_s(self) -> float:
        """Seconds since the server began."""
        return self.loop.time() - self.began_at

    def enter(self, line: Connection) -> int:
        self.accepted += 1
        self.lines[self.accepted] = line
        self.all_gone.clear()
        return self.accepted

    def leave(self, number: int) -> None:
        del self.lines[number]
        if not self.lines:
            self.all_gone.set()

    @property
    def live(self) -> tuple[int, ...]:
        """The numbers of the upgraded connections that are open, oldest first."""
        return tuple(number for number, line in self.lines.items() if line.websocket and line.websocket.open)

    def strike(self, order: Order) -> None:
        """Do a trouble to the open connections that it concerns, as long as it is in force."""
        for number in self.live:
            websocket = self.lines[number].websocket
            if websocket is not None and order.in_force and order.concerns(number):
                websocket.strike(order)

    def relieve(self, order: Order) -> None:
        """Tell the connections to which a trouble was done that it is over."""
        for number in order.struck:
            line = self.lines.get(number)
            if line is not None:
                line.relieve(order)
        order.struck.clear()

    def lift(self, order: Order) -> None:
        """The end of a trouble, also where it had not begun."""
        if not order.lifted:
            order.lifted = True
            self.orders.drop(order)
            self.relieve(order)
