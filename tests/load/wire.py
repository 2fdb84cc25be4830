"""The leanest client that there can be, the same for all servers: a blocking socket that counts frames."""

from __future__ import annotations

import socket
from itertools import cycle, islice
from types import TracebackType

from websockets.frames import Frame, Opcode

from tests.load.routes import Route

__all__ = ["Wire", "end_of_frame", "frame", "request"]

ANSWER_WITHIN_S = 30.0
NO_MASK = b"\0\0\0\0"
"""A mask of zeros is as good as any, and costs no time."""


class Wire:
    """One connection, past its 101 and all that a server says before it is asked."""

    def __init__(self, port: int, route: Route) -> None:
        self._asks = cycle([frame(Opcode.TEXT, ask.encode()) for ask in route.asks])
        self._unread = b""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request(route))
        while b"\r\n\r\n" not in self._unread:
            self._read()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        assert b" 101 " in head.partition(b"\r\n")[0], head
        if route.first:
            self._socket.sendall(frame(Opcode.TEXT, route.first.encode()))
        self._take(route.greeted)

    def round_trips(self, count: int) -> None:
        """Ask, wait for the answer, and ask again, so many times."""
        for ask in islice(self._asks, count):
            self._socket.sendall(ask)
            self._take(1)

    def pipelined(self, count: int, *, at_once: int = 100) -> None:
        """Ask so many times, with this many asked and not answered at most."""
        for begun in range(0, count, at_once):
            asked = min(at_once, count - begun)
            self._socket.sendall(b"".join(islice(self._asks, asked)))
            self._take(asked)

    def close(self) -> None:
        """With a close frame, and wait for the server's end."""
        with self._socket:
            self._socket.sendall(frame(Opcode.CLOSE, b"\x03\xe8"))
            while self._socket.recv(65_536):
                pass

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._socket.close()

    def _read(self) -> None:
        data = self._socket.recv(262_144)
        if not data:
            raise EOFError("the server hung up")
        self._unread += data

    def _take(self, count: int) -> None:
        """Read so many messages, whatever is in them; pings are passed over."""
        place = 0
        while count:
            end = end_of_frame(self._unread, place)
            if end is None:
                self._unread, place = self._unread[place:], 0
                self._read()
                continue
            opcode = self._unread[place] & 0x0F
            if opcode == Opcode.CLOSE:
                raise EOFError(f"the server closed: {self._unread[place:end]!r}")
            count -= opcode in (Opcode.TEXT, Opcode.BINARY)
            place = end
        self._unread = self._unread[place:]


def end_of_frame(data: bytes, place: int) -> int | None:
    """Where the frame ends that begins here; None while it has not come whole."""
    if len(data) < place + 2:
        return None
    length, head = data[place + 1], 2
    if length >= 126:
        head = 4 if length == 126 else 10
        length = int.from_bytes(data[place + 2 : place + head])
    end = place + head + length
    return end if len(data) >= end else None


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """A client's frame."""
    first, length, *rest = Frame(opcode, payload).serialize(mask=False)
    head = bytes([first, length | 0x80]) + bytes(rest[: len(rest) - len(payload)])
    return head + NO_MASK + payload


def request(route: Route) -> bytes:
    """The head of an upgrade."""
    lines = [
        f"GET {route.path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *filter(None, [route.header]),
    ]
    return "\r\n".join([*lines, "", ""]).encode()
