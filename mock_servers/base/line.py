"""The TCP end of a connection: back-pressure, when to read, and the three ways to hang up."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import cast

from mock_servers.base.tls_layer import TlsLayer

__all__ = ["HANG_UP_TIMEOUT_S", "Line"]

HANG_UP_TIMEOUT_S = 10.0
"""How long a client may take to hang up too; `websockets` gives its peers as long by default (`close_timeout`)."""

RECEIVE_BUFFER_BYTES = 64 * 1024
"""Loopback takes some megabytes before a writer notices that nobody reads. A small buffer brings that moment near."""

WRITES_WAITING_BYTES = 256 * 1024
"""With more than this unsent, sessions stop producing until the client has taken it."""

WRITES_WAITING_BYTES_MAX = 16 * 1024 * 1024
"""With more than this unsent, nothing is read either, so that a client who only asks cannot fill the memory."""


class Line(asyncio.Protocol):
    """A transport with its manners; who uses it fills in `arrived`, `hung_up` and `gone`.

    A bug in what it is filled with is told to the loop's exception handler, as asyncio does, and ends this connection and no
    other: its owner may say goodbye first (`failed`), which asyncio would leave no time for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.writable = True
        self._transport: asyncio.Transport | None = None
        self._deaf_because: dict[object, None] = {}
        self._tls: TlsLayer | None = None
        self._hanging_up = False
        self._unsent: list[bytes] = []
        self._gathering = False
        self._deadline: asyncio.TimerHandle | None = None

    # What the owner does with it.

    def opened(self) -> None:
        """The connection stands."""

    def arrived(self, data: bytes) -> None:
        """Bytes have come."""

    def pressed(self) -> None:
        """`writable` has changed."""

    def hung_up(self) -> None:
        """The client will send nothing more."""

    def gone(self, error: Exception | None) -> None:
        """The connection is over."""

    def failed(self) -> None:
        """A bug of ours was met here; the connection is to end."""
        self.abort()

    # What it offers.

    @property
    def alive(self) -> bool:
        """Whether something can still be written."""
        return self._transport is not None and not self._transport.is_closing() and not self._hanging_up

    def later(self, delay_s: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(delay_s, self._guarded, do)

    def at(self, when_s: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        """`when_s` is a time of the loop."""
        return self.loop.call_at(when_s, self._guarded, do)

    def secure(self, settings: ssl.SSLContext) -> None:
        """All that comes and goes from here on is TLS."""
        self._tls = TlsLayer(settings)

    def write(self, data: bytes) -> None:
        """Send this, or gather it: what one segment of the client's, or one timer, sets off goes out in one piece."""
        if not data or not self.alive:
            return
        self._unsent.append(data)
        if not self._gathering:
            self._send()

    def stop_reading(self, because: object) -> None:
        """Leave what comes in the kernel, until `read_again` was called for every reason."""
        self._deaf_because[because] = None
        if self._transport is not None:
            self._transport.pause_reading()

    def read_again(self, because: object) -> None:
        if because not in self._deaf_because:
            return
        del self._deaf_because[because]
        if not self._deaf_because and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def hang_up(self) -> None:
        """FIN. A socket that is closed with unread bytes in it sends RST instead, so they are read and thrown away
        until the client has hung up too, or its time is over."""
        if not self.alive or self._transport is None:
            return
        self._send()
        if self._tls is not None:
            self._tls.goodbye()
            self._transport.write(self._tls.to_send())
        self._hanging_up = True
        if not self._transport.can_write_eof():
            self._transport.close()
            return
        try:
            self._transport.write_eof()
        except OSError:
            # A client that has reset the connection is told of only later: there is nobody left to hang up on.
            self._transport.abort()
        else:
            self.expect_the_end(HANG_UP_TIMEOUT_S)

    def reset(self) -> None:
        """RST: what was written and not sent is lost."""
        if self._transport is None:
            return
        self._send()
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def abort(self) -> None:
        """At once, whatever is still to be sent."""
        if self._transport is not None:
            self._send()
            self._transport.abort()

    def expect_the_end(self, within_s: float) -> None:
        """If the connection still stands after this time, it is torn down."""
        self.forget_the_deadline()
        self._deadline = self.loop.call_later(within_s, self.abort)

    def forget_the_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITES_WAITING_BYTES)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._guarded(self.opened)

    def data_received(self, data: bytes) -> None:
        if self._hanging_up:
            return
        if self._tls is None:
            self._guarded(self.arrived, data)
        else:
            self._guarded(self._deciphered, self._tls, data)

    def _deciphered(self, tls: TlsLayer, data: bytes) -> None:
        assert self._transport is not None
        plain = tls.received(data)
        self._transport.write(tls.to_send())
        if plain:
            self.arrived(plain)
        if tls.broken is not None:
            self.hang_up()
        elif tls.client_is_done:
            self.hung_up()
            self.hang_up()

    def eof_received(self) -> None:
        self._guarded(self.hung_up)

    def pause_writing(self) -> None:
        self.writable = False
        self._guarded(self.pressed)

    def resume_writing(self) -> None:
        self.writable = True
        self.read_again("backlog")
        self._guarded(self.pressed)

    def connection_lost(self, exc: Exception | None) -> None:
        self.forget_the_deadline()
        try:
            self.gone(exc)
        finally:
            self._transport = None

    def _send(self) -> None:
        if not self._unsent or self._transport is None:
            return
        data = b"".join(self._unsent)
        self._unsent.clear()
        if self._tls is not None:
            self._tls.send(data)
            data = self._tls.to_send()
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > WRITES_WAITING_BYTES_MAX:
            self.stop_reading("backlog")

    def _guarded(self, do: Callable[..., None], *told: object) -> None:
        """Whatever the loop calls goes through here: bugs end in `_met`, and what is written is gathered."""
        gathers_already, self._gathering = self._gathering, True
        try:
            do(*told)
        except Exception as bug:
            self._met(bug)
        finally:
            self._gathering = gathers_already
        if not gathers_already:
            self._send()

    def _met(self, bug: Exception) -> None:
        self.loop.call_exception_handler({"message": "a mock server failed", "exception": bug, "protocol": self})
        try:
            self.failed()
        except Exception as another:
            self.loop.call_exception_handler(
                {"message": "a mock server failed", "exception": another, "protocol": self}
            )
            self.abort()
