"""The two ends of a proxied connection, and what each of them sees, on either clock."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from harness.faults.proxy import Address

__all__ = ["End", "Upstream", "connect", "upstream"]

# Long enough for a loaded machine; on the virtual clock it costs nothing.
PATIENCE_S = 5.0


class End(asyncio.Protocol):
    """One end: what it got, and how and when the other side ended it, as the kernel tells it."""

    def __init__(self, made: Callable[[End], None] | None = None) -> None:
        self.data = bytearray()
        self.ending: Literal["FIN", "RST"] | None = None
        self.ended_at: float | None = None
        self._transport: asyncio.Transport | None = None
        self._news = asyncio.Event()
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._made is not None:
            self._made(self)

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._news.set()

    def eof_received(self) -> bool:
        self._ended("FIN")
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._ended("RST" if error is not None else "FIN")

    def _ended(self, ending: Literal["FIN", "RST"]) -> None:
        if self.ending is None:
            self.ending = ending
            self.ended_at = asyncio.get_running_loop().time()
        self._news.set()

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def hang_up(self) -> None:
        """Send FIN and go on reading."""
        self.transport.write_eof()

    def reset(self) -> None:
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def got(self, size: int) -> bytes:
        """The first `size` bytes, once they are there."""
        await self._until(lambda: len(self.data) >= size or self.ending is not None)
        return bytes(self.data[:size])

    async def end(self) -> str | None:
        """How it ended: FIN or RST; None if it does not."""
        try:
            await self._until(lambda: self.ending is not None)
        except TimeoutError:
            return None
        return self.ending

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._news.clear()
                await self._news.wait()


class Upstream:
    """A server that keeps what connects to it."""

    def __init__(self) -> None:
        self.address: Address = ("", 0)
        self.ends: list[End] = []
        self._queue: asyncio.Queue[End] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._made, "127.0.0.1", 0)
        name = self._server.sockets[0].getsockname()
        self.address = (name[0], name[1])

    def _made(self) -> End:
        end = End(self._queue.put_nowait)
        self.ends.append(end)
        return end

    async def accepted(self) -> End:
        """The next connection that came in."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._queue.get()

    async def client_of(self, proxy: Address) -> End:
        """A client that connects to the proxy, and is closed with this server."""
        client = await connect(proxy)
        self.ends.append(client)
        return client

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for end in self.ends:
            end.close()


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    await server.start()
    try:
        yield server
    finally:
        server.stop()
        await asyncio.sleep(0.01)


async def connect(address: Address) -> End:
    _, end = await asyncio.get_running_loop().create_connection(End, *address)
    return end
