"""TLS on one connection, without any I/O: bytes of the wire in, bytes of the wire out, plain bytes in between.

asyncio could do it, and would leave nothing to decide: which certificate a connection is shown, or that its handshake
stalls, has to be said for each connection, and a connection in its handshake must be one that can be counted and ended.
"""

from __future__ import annotations

import ssl

__all__ = ["TlsLayer"]

CHUNK_BYTES = 64 * 1024
"""Four records of TLS."""


class TlsLayer:
    """The server's side. `broken` once the client's bytes are no TLS, or it has refused the certificate.

    After each call `to_send` has what is to go out, alerts included.
    """

    def __init__(self, settings: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = settings.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._waiting: list[bytes] = []
        self._shaken = False
        self.client_is_done = False
        """Whether the client has said that it will send nothing more."""
        self.broken: ssl.SSLError | None = None

    def received(self, data: bytes) -> bytes:
        """The plain bytes that are whole by now."""
        self._incoming.write(data)
        plain: list[bytes] = []
        try:
            if not self._shaken:
                self._object.do_handshake()
                self._shaken = True
                for waiting in self._waiting:
                    self._object.write(waiting)
                self._waiting.clear()
            while part := self._object.read(CHUNK_BYTES):
                plain.append(part)
            self.client_is_done = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.client_is_done = True
        except ssl.SSLError as error:
            self.broken = error
        return b"".join(plain)

    def send(self, data: bytes) -> None:
        """What is sent before the end of the handshake goes out with it."""
        if self.broken is not None:
            return
        if not self._shaken:
            self._waiting.append(data)
            return
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            self.broken = error

    def goodbye(self) -> None:
        """Say that nothing more will be sent."""
        if not self._shaken or self.broken is not None:
            return
        try:
            self._object.unwrap()
        except ssl.SSLWantReadError:
            pass  # the client's own goodbye is not waited for
        except ssl.SSLError as error:
            self.broken = error

    def to_send(self) -> bytes:
        """What is to go out on the wire now; each byte is given once."""
        return self._outgoing.read()
