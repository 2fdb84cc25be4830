"""The server: TCP, TLS, HTTP and WebSocket on one port; carries out what a vendor's protocol decides."""

from __future__ import annotations

import ssl
from typing import Literal

from mock_servers.base.observer import Observer
from mock_servers.base.protocol import Vendor
from mock_servers.base.trouble import Trouble

__all__ = ["MockServer", "TroubleHandle"]


class TroubleHandle:
    """A trouble that was ordered. `hits` counts the connections, or messages, that it has hit."""

    hits: int

    async def lift(self) -> None:
        """The trouble is over; lifting twice does nothing."""


class MockServer:
    """A vendor's mock on a loopback port: `async with MockServer(vendor) as server: server.port`.

    Bound in `start`, gone after `aclose`: no task, socket or port is left. Time is the running loop's.
    """

    port: int

    def __init__(
        self, vendor: Vendor, *, port: int = 0, tls: ssl.SSLContext | None = None, observer: Observer | None = None
    ) -> None:
        raise NotImplementedError

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    async def __aenter__(self) -> MockServer:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    @property
    def live(self) -> tuple[int, ...]:
        """The upgraded connections that are open now, oldest first."""
        raise NotImplementedError

    def trouble(
        self, trouble: Trouble, *, on: Literal["live", "next", "all"] | int = "all", times: int | None = None
    ) -> TroubleHandle:
        """Begin a trouble, synchronously: what can happen at once has been written to the transport on return.

        Args:
            on: `live` connections, those still to come (`next`), both (`all`), or the connection of this number.
            times: After so many hits it ends by itself; None lets it last until it is lifted.

        Raises:
            Unsupported: If this vendor has no such trouble.
        """
        raise NotImplementedError
