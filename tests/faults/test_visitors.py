"""Who is seen at a proxy's door: clients of other processes, also those that are refused."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from harness.faults import EmbeddedProxy, EmbeddedServer

pytestmark = pytest.mark.real_time  # what a client of another process sees is the kernel's

SEEN_WITHIN_S = 10.0


class Seen:
    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.somebody_left = asyncio.Event()

    def connecting(self, ticket: int) -> None:
        self.told.append(("connecting", ticket))

    def refused(self, ticket: int, error: OSError) -> None:
        assert isinstance(error, ConnectionResetError)
        self.told.append(("refused", ticket))

    def closed(self, ticket: int) -> None:
        self.told.append(("closed", ticket))
        self.somebody_left.set()

    def shut(self, ticket: int) -> None:
        self.told.append(("shut", ticket))


async def watched(server: EmbeddedServer) -> tuple[EmbeddedProxy, Seen, asyncio.Server]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
        writer.close()

    upstream = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = await server.create("watched", upstream.sockets[0].getsockname()[:2], resettable=True)
    seen = Seen()
    proxy.watch(seen)
    return proxy, seen, upstream


async def greeted(proxy: EmbeddedProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*proxy.listen)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    return reader, writer


async def test_a_client_that_hangs_up_is_seen_to_have_closed() -> None:
    async with EmbeddedServer() as server:
        proxy, seen, upstream = await watched(server)
        _, writer = await greeted(proxy)

        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(seen.somebody_left.wait(), SEEN_WITHIN_S)

        assert seen.told == [("connecting", 1), ("closed", 1)]
        upstream.close()


async def test_a_client_that_resets_is_seen_to_have_closed() -> None:
    async with EmbeddedServer() as server:
        proxy, seen, upstream = await watched(server)
        _, writer = await greeted(proxy)

        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        await asyncio.wait_for(seen.somebody_left.wait(), SEEN_WITHIN_S)

        assert seen.told == [("connecting", 1), ("closed", 1)]
        upstream.close()


async def test_a_client_that_the_proxy_cuts_off_is_seen_to_be_shut() -> None:
    async with EmbeddedServer() as server:
        proxy, seen, upstream = await watched(server)
        reader, writer = await greeted(proxy)

        await proxy.close_connections()

        assert await reader.read() == b""
        assert seen.told == [("connecting", 1), ("shut", 1)]
        writer.close()
        upstream.close()


@pytest.mark.parametrize("how", ["refuse", "disable"])
async def test_whom_the_port_should_refuse_is_reset_before_a_byte(how: str) -> None:
    async with EmbeddedServer() as server:
        proxy, seen, upstream = await watched(server)
        await getattr(proxy, how)()

        reader, writer = await asyncio.open_connection(*proxy.listen)

        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert seen.told == [("connecting", 1), ("refused", 1), ("shut", 1)]
        writer.close()
        upstream.close()


@pytest.mark.parametrize(("off", "on"), [("refuse", "accept_again"), ("disable", "enable")])
async def test_afterwards_clients_are_let_in_again(off: str, on: str) -> None:
    async with EmbeddedServer() as server:
        proxy, seen, upstream = await watched(server)
        await getattr(proxy, off)()
        await getattr(proxy, on)()

        _, writer = await greeted(proxy)

        assert seen.told == [("connecting", 1)]
        writer.close()
        upstream.close()


async def test_a_destroyed_proxy_refuses_as_ports_do() -> None:
    async with EmbeddedServer() as server:
        proxy, _, upstream = await watched(server)
        await proxy.destroy()

        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*proxy.listen)
        upstream.close()
