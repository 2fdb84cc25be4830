"""TCP as a program sees it through a non-blocking socket: what Linux does, without Linux.

Two fake sockets stand at the ends of a connection, and CPython's own transports, streams, TLS and servers work on
them. Whatever one side sends is a segment that reaches the other side later, in order.

Facts about Linux that are easy to get wrong (each is held by the differential test against kernel loopback):

- What was received can be read, whatever came after it: first the data, then FIN, then a pending error.
- Closing a socket with unread data, or with SO_LINGER at zero seconds, sends RST; every other close sends FIN.
- Data that reaches a closed socket is answered with RST; FIN and RST are not.
- After FIN, RST shows as EPIPE to the writer, and the reader goes on to see the end of the stream.
"""

from __future__ import annotations

import errno
import os
import random
import socket
import struct
from collections import deque
from collections.abc import Iterable
from enum import Enum
from selectors import EVENT_READ, EVENT_WRITE
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.engines.virtual_time.network import Network

__all__ = ["RECEIVE_BUFFER_BYTES", "SEND_BUFFER_BYTES", "Address", "FakeListener", "FakeSocket", "Segment", "os_error"]

Address = tuple[str, int]

SEND_BUFFER_BYTES = 4 * 1024 * 1024
"""SO_SNDBUF, unless set: Linux lets it grow up to tcp_wmem's maximum (tcp(7): 4 MiB), which a loopback sender reaches
whatever the reader's buffer is (4.2 MB went into a socket that nobody read; Linux 6.18, 2026-11). So a client whose peer has
stopped reading can send for as long as it could on the real clock."""

RECEIVE_BUFFER_BYTES = 128 * 1024
"""SO_RCVBUF, unless set: where Linux begins (tcp(7): tcp_rmem's default is 131072 B), and stays while nobody reads."""

_LINGER = struct.Struct("ii")


class Segment(Enum):
    DATA = "data"
    FIN = "fin"
    RST = "rst"


class _Endpoint:
    """What listening and connected sockets have in common: a number, addresses, options."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, network: Network, local: Address) -> None:
        self._network = network
        self._local = local
        self._options: dict[tuple[int, int], Any] = {}
        self.closed = False
        self.number = network.admit(self)

    def fileno(self) -> int:
        return -1 if self.closed else self.number

    def setblocking(self, flag: bool) -> None:
        assert not flag, "a fake socket never blocks"

    def gettimeout(self) -> float:
        return 0.0

    def getsockname(self) -> Address:
        return self._local

    def setsockopt(self, level: int, option: int, value: Any, length: int | None = None) -> None:
        self._check_open()
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, length: int = 0) -> Any:
        self._check_open()
        return self._options.get((level, option), bytes(length) if length else 0)

    def ready(self) -> int:
        """Which of EVENT_READ and EVENT_WRITE would not block now."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def _check_open(self) -> None:
        if self.closed:
            raise os_error(errno.EBADF)

    def _poke(self) -> None:
        self._network.poke(self.number)


class FakeListener(_Endpoint):
    """A listening socket: connections that were answered wait here until somebody accepts them."""

    def __init__(self, network: Network, local: Address) -> None:
        super().__init__(network, local)
        self._backlog = 0
        self._queue: deque[FakeSocket] = deque()

    @property
    def full(self) -> bool:
        """Whether a SYN would be dropped: Linux keeps one connection more than the backlog says."""
        return len(self._queue) > self._backlog

    def listen(self, backlog: int = 100) -> None:
        self._check_open()
        self._backlog = backlog
        self._network.listen(self)

    def answered(self, connection: FakeSocket) -> None:
        self._queue.append(connection)
        self._poke()

    def accept(self) -> tuple[FakeSocket, Address]:
        self._check_open()
        if not self._queue:
            raise os_error(errno.EAGAIN)
        connection = self._queue.popleft()
        return connection, connection.getpeername()

    def ready(self) -> int:
        return EVENT_READ if self._queue else 0

    def close(self) -> None:
        """Stop listening; who was not accepted yet is reset."""
        if self.closed:
            return
        self.closed = True
        self._network.dismiss(self)
        self._network.stop_listening(self)
        while self._queue:
            self._queue.popleft().reset()

    def __repr__(self) -> str:
        return f"listening on {_name(self._local)}"


class FakeSocket(_Endpoint):
    """One end of an established connection. `chance` draws the delays of what is sent from here."""

    peer: FakeSocket

    def __init__(self, network: Network, local: Address, remote: Address, chance: random.Random) -> None:
        super().__init__(network, local)
        self._remote = remote
        self._error = 0
        self._received = bytearray()
        self._ended = False  # FIN has arrived
        self._dead = False  # RST was sent, or has arrived
        self._shut = False  # FIN was sent
        self._lingers = True
        self._send_bytes, self._receive_bytes = SEND_BUFFER_BYTES, RECEIVE_BUFFER_BYTES
        self.chance = chance
        self.under_way = 0
        """Bytes that were sent to this end and have not arrived yet."""
        self.latest_s = 0.0
        """When the last segment that is on its way here arrives; none that is sent later may arrive before it."""

    # What a program asks for

    def getpeername(self) -> Address:
        if self._dead:
            raise os_error(errno.ENOTCONN)
        return self._remote

    def setsockopt(self, level: int, option: int, value: Any, length: int | None = None) -> None:
        super().setsockopt(level, option, value, length)
        if level != socket.SOL_SOCKET:
            return
        if option == socket.SO_LINGER:
            on, seconds = _LINGER.unpack(value)
            self._lingers = not on or seconds > 0
        elif option == socket.SO_RCVBUF:
            self._receive_bytes = max(1, int(value))
            self.peer._poke()
        elif option == socket.SO_SNDBUF:
            self._send_bytes = max(1, int(value))
            self._poke()

    def getsockopt(self, level: int, option: int, length: int = 0) -> Any:
        if (level, option) == (socket.SOL_SOCKET, socket.SO_ERROR):
            return self._take_error()
        # Linux doubles what it is given, and says so: the other half is for its own bookkeeping (socket(7)).
        if (level, option) == (socket.SOL_SOCKET, socket.SO_RCVBUF):
            return 2 * self._receive_bytes
        if (level, option) == (socket.SOL_SOCKET, socket.SO_SNDBUF):
            return 2 * self._send_bytes
        return super().getsockopt(level, option, length)

    def recv(self, size: int, flags: int = 0) -> bytes:
        self._check_open()
        if self._received:
            data = bytes(self._received[:size])
            del self._received[:size]
            self.peer._poke()
            return data
        if self._ended:
            return b""
        if error := self._take_error():
            raise os_error(error)
        if self._dead:
            return b""
        raise os_error(errno.EAGAIN)

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer).cast("B")
        data = self.recv(size or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def send(self, data: Any, flags: int = 0) -> int:
        self._check_open()
        if error := self._take_error():
            raise os_error(error)
        if self._dead or self._shut:
            raise os_error(errno.EPIPE)
        accepted = bytes(memoryview(data).cast("B")[: self._room()])
        if not accepted and len(data):
            raise os_error(errno.EAGAIN)
        if accepted:
            self.peer.under_way += len(accepted)
            self._network.transmit(self, Segment.DATA, accepted)
        return len(accepted)

    def sendmsg(self, buffers: Iterable[Any], *ancillary: Any) -> int:
        return self.send(b"".join(bytes(buffer) for buffer in buffers))

    def shutdown(self, how: int) -> None:
        if self._dead:
            raise os_error(errno.ENOTCONN)
        if how in (socket.SHUT_WR, socket.SHUT_RDWR) and not self._shut:
            self._shut = True
            self._network.transmit(self, Segment.FIN)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._network.dismiss(self)
        if self._dead:
            return
        if self._received or not self._lingers:
            self._reset()
        elif not self._shut:
            self._shut = True
            self._network.transmit(self, Segment.FIN)

    def reset(self) -> None:
        """Close with RST, whatever is left to read."""
        self._lingers = False
        self.close()

    # What the network tells

    def arrived(self, segment: Segment, data: bytes) -> None:
        self.under_way -= len(data)
        if self.closed:
            if segment is Segment.DATA and not self._dead:
                self._reset()
            return
        if self._dead:
            return
        match segment:
            case Segment.DATA:
                self._received += data
            case Segment.FIN:
                self._ended = True
            case Segment.RST:
                self._dead = True
                self._error = errno.EPIPE if self._ended else errno.ECONNRESET
        self._poke()
        self.peer._poke()

    def ready(self) -> int:
        readable = bool(self._received or self._ended or self._error or self._dead)
        writable = bool(self._error or self._dead or self._shut or self._room() > 0)
        return EVENT_READ * readable | EVENT_WRITE * writable

    def _room(self) -> int:
        """How many bytes could be sent now: this side's send buffer and the other's receive buffer, taken as one."""
        peer = self.peer
        if peer.closed:
            return self._send_bytes
        return max(0, self._send_bytes + peer._receive_bytes - len(peer._received) - peer.under_way)

    def _reset(self) -> None:
        self._dead = True
        self._network.transmit(self, Segment.RST)

    def _take_error(self) -> int:
        error, self._error = self._error, 0
        return error

    def __repr__(self) -> str:
        return f"connection {_name(self._local)} to {_name(self._remote)}"


def os_error(number: int, doing: str = "") -> OSError:
    """The subclass that belongs to this errno, with the kernel's text for it or `doing`, as asyncio words it."""
    return OSError(number, doing or os.strerror(number))


def _name(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
