"""A connection through a proxy: two sockets, and a link each way between them. The only file that moves bytes.

All decisions are the links'; here they are carried out, with one timer for each link. A side that is gone, for whatever
reason, is the end of the link that read from it; a link's end closes the side that it writes to. Hence a half-close is
a full close, as at Toxiproxy.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections.abc import Awaitable, Callable

from harness.faults.link import Link
from harness.faults.proxy import Stream
from harness.faults.toxics import End

__all__ = ["Connection", "Dial"]

# How long an upstream may take to answer the dial; the kernel of Linux gives up after 127 s by itself.
DIAL_TIMEOUT_S = 120.0

# Loopback takes megabytes before a sender feels that nobody reads. With small buffers a slow link blocks its sender soon,
# as a network does.
SOCKET_BUFFER_BYTES = 64 * 1024

_LINGER_0 = struct.pack("ii", 1, 0)

Dial = Callable[[Callable[[], asyncio.Protocol]], Awaitable[object]]


class Connection:
    """One client, its upstream, and what is between them.

    `closed` is done once both sockets are gone. `resets`: whether every close from here on is an RST.

    Args:
        upstream: The link from the client to the server, with the toxics that it starts under.
        downstream: The other direction.
        dial: Opens the connection to the server for a protocol factory.
        accepted: Asked when the client is there; False turns it away.
        left: Told once when the client's end is over, and whether it was the client that ended it.
    """

    def __init__(
        self,
        *,
        upstream: Link,
        downstream: Link,
        dial: Dial,
        resets: bool,
        accepted: Callable[[Connection], bool],
        left: Callable[[bool], None] = lambda by_client: None,
    ) -> None:
        self.resets = resets
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.client = _Side(self)
        self._server = _Side(self)
        self._flows = {
            "upstream": _Flow(upstream, self.client, self._server),
            "downstream": _Flow(downstream, self._server, self.client),
        }
        self.client.reads_into, self._server.writes_from = self._flows["upstream"], self._flows["upstream"]
        self._server.reads_into, self.client.writes_from = self._flows["downstream"], self._flows["downstream"]
        self._dial = dial
        self._accepted = accepted
        self._left: Callable[[bool], None] | None = left
        self._dialling: asyncio.Task[None] | None = None
        self._aborted = False

    def change(self, stream: Stream, change: Callable[[Link], None]) -> None:
        """Change the toxics of one link, now."""
        flow = self._flows[stream]
        change(flow.link)
        flow.pump()

    def abort(self, *, reset: bool = False) -> None:
        """Close both sides at once: what the links hold is lost. FIN, or RST if asked for or due anyway."""
        self.resets = self.resets or reset
        self._aborted = True
        if self._dialling is not None:
            self._dialling.cancel()
        self.client.abort()
        self._server.abort()

    # ── what the sides tell ──────────────────────────────────────────────────

    def made(self, side: _Side) -> None:
        if self._aborted or (side is self.client and not self._accepted(self)):
            side.abort()
        elif side is self.client:
            # Read nothing before there is someone to give it to: if the dial fails, unread bytes make the close an RST.
            side.pause()
            self._dialling = asyncio.create_task(self._reach_upstream())
            self._dialling.add_done_callback(self._dialled)

    def ended(self, side: _Side, *, by_itself: bool) -> None:
        """This side's peer has closed, or we have closed this side."""
        if side is self.client and self._left is not None:
            left, self._left = self._left, None
            left(by_itself)

    def lost(self, side: _Side) -> None:
        for flow in self._flows.values():
            if flow.source is side:
                flow.ended()
            else:
                flow.sink_lost()
        if self.client.gone and self._server.gone:
            self._finish()

    async def _reach_upstream(self) -> None:
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            await self._dial(lambda: self._server)

    def _dialled(self, dialling: asyncio.Task[None]) -> None:
        error = None if dialling.cancelled() else dialling.exception()
        if error is None and not dialling.cancelled():
            if not self.closed.done():
                for flow in self._flows.values():
                    flow.start()
            return
        if error is not None and not isinstance(error, OSError | UnicodeError):
            asyncio.get_running_loop().call_exception_handler({"message": "a dial failed", "exception": error})
        self._server.never_made()
        self.client.abort()
        if self.client.gone and self._server.gone:
            self._finish()

    def _finish(self) -> None:
        for flow in self._flows.values():
            flow.stop()
        if not self.closed.done():
            self.closed.set_result(None)


class _Side(asyncio.Protocol):
    """One of the two sockets."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.gone = False
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._hung_up = False
        self.reads_into: _Flow | None = None
        self.writes_from: _Flow | None = None

    # ── what asyncio tells ───────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._set_option(socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        self._set_option(socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        self.connection.made(self)

    def data_received(self, data: bytes) -> None:
        if self.reads_into is not None:
            self.reads_into.received(data)

    def eof_received(self) -> bool:
        self.connection.ended(self, by_itself=True)
        if self.reads_into is not None:
            self.reads_into.ended()
        return True  # this side closes when its link says so, not by itself

    def pause_writing(self) -> None:
        if self.writes_from is not None:
            self.writes_from.link.block()

    def resume_writing(self) -> None:
        if self.writes_from is not None:
            self.writes_from.link.unblock(_now())
            # Not here and now: asyncio is in the middle of a write, and a transport that is closed by it is lost twice
            # (CPython 3.11 to 3.14, selector_events.py, _write_ready).
            asyncio.get_running_loop().call_soon(self.writes_from.pump)

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        self.connection.ended(self, by_itself=not self._hung_up)
        self.connection.lost(self)

    # ── what it is told ──────────────────────────────────────────────────────

    def never_made(self) -> None:
        """There will be no socket; one that was made after all is dropped, and tells so itself."""
        if self._transport is None:
            self.gone = True
        else:
            self.abort()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Hang up once everything that was written has left."""
        if self._transport is not None and not self._transport.is_closing():
            self._linger()
            self._hung_up = True
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None and not self.gone:
            self._linger()
            self._hung_up = True
            self._transport.abort()

    def pause(self) -> None:
        if self._transport is not None and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _linger(self) -> None:
        # With a linger time of 0 Linux closes by RST. `abort()` alone sends a FIN.
        if self.connection.resets and self._transport is not None:
            self._set_option(socket.SO_LINGER, _LINGER_0)

    def _set_option(self, option: int, value: int | bytes) -> None:
        if self._transport is not None and not self.gone:
            try:
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, value)
            except OSError:
                pass  # the peer was faster: there is no connection any more whose end could be chosen


class _Flow:
    """A link between the side that it reads and the side that it writes."""

    def __init__(self, link: Link, source: _Side, sink: _Side) -> None:
        self.link = link
        self.source = source
        self.sink = sink
        self._running = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf

    def start(self) -> None:
        """Both sides are there."""
        self._running = True
        self.pump()

    def stop(self) -> None:
        self._running = False
        self._set_timer(None)

    def received(self, data: bytes) -> None:
        self.link.received(data, _now())
        self.pump()

    def ended(self) -> None:
        self.link.ended(_now())
        self.pump()

    def sink_lost(self) -> None:
        """Nobody is left to write to: what comes is read and forgotten."""
        self.link.unblock(_now())
        self.pump()

    def pump(self) -> None:
        """Pass on what is due, then read and wait as the link wants."""
        if not self._running:
            return
        now = _now()
        while (item := self.link.take(now)) is not None:
            if isinstance(item, bytes):
                self.sink.write(item)
            else:
                self._end(item)
                return
        if self.link.wants_more:
            self.source.resume()
        else:
            self.source.pause()
        self._set_timer(self.link.due())

    def _end(self, end: End) -> None:
        self.stop()
        self.source.pause()
        if end.reset:
            self.source.connection.resets = True
            self.sink.abort()
        else:
            self.sink.close()

    def _set_timer(self, due: float | None) -> None:
        if self._timer is not None and due == self._timer_due:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer_due = due
            self._timer = asyncio.get_running_loop().call_at(due, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        self.pump()


def _now() -> float:
    return asyncio.get_running_loop().time()
