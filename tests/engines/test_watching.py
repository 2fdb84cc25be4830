"""What a watcher hears of the connections that a client opens: the same on both clocks."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from harness.engines import Engine, RealTime, VirtualTime


class Watcher:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def connecting(self, ticket: int) -> None:
        self.heard.append("connecting")

    def connected(self, ticket: int) -> None:
        self.heard.append("connected")

    def refused(self, ticket: int, error: OSError) -> None:
        self.heard.append(type(error).__name__)

    def abandoned(self, ticket: int) -> None:
        self.heard.append("abandoned")

    def closed(self, ticket: int) -> None:
        self.heard.append("closed")


ENGINES = [pytest.param(RealTime(), id="real"), pytest.param(VirtualTime(), id="virtual")]


async def _server() -> tuple[asyncio.Server, tuple[str, int]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[:2]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_connection_is_heard_from_its_first_packet_to_its_close(engine: Engine) -> None:
    watcher = Watcher()

    async def main() -> None:
        server, address = await _server()
        async with server:
            loop: Any = asyncio.get_running_loop()
            loop.watch(address, watcher)
            _, writer = await asyncio.open_connection(*address)
            assert watcher.heard == ["connecting", "connected"]
            writer.close()
            await writer.wait_closed()

    engine.run(main)

    assert watcher.heard == ["connecting", "connected", "closed"]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_aborted_connection_is_heard_as_closed_too(engine: Engine) -> None:
    watcher = Watcher()

    async def main() -> None:
        server, address = await _server()
        async with server:
            loop: Any = asyncio.get_running_loop()
            loop.watch(address, watcher)
            _, writer = await asyncio.open_connection(*address)
            writer.transport.abort()
            await asyncio.sleep(0.05)

    engine.run(main)

    assert watcher.heard == ["connecting", "connected", "closed"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refused_connection_is_heard_although_nobody_listens(engine: Engine) -> None:
    watcher = Watcher()

    async def main() -> None:
        server, address = await _server()
        server.close()
        await server.wait_closed()
        loop: Any = asyncio.get_running_loop()
        loop.watch(address, watcher)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)

    engine.run(main)

    assert watcher.heard == ["connecting", "ConnectionRefusedError"]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_heard_of_an_address_that_is_not_watched_any_more(engine: Engine) -> None:
    watcher = Watcher()

    async def main() -> None:
        server, address = await _server()
        async with server:
            loop: Any = asyncio.get_running_loop()
            loop.watch(address, watcher)
            loop.unwatch(address)
            _, writer = await asyncio.open_connection(*address)
            writer.close()
            await writer.wait_closed()

    engine.run(main)

    assert watcher.heard == []


def test_a_dialled_socket_is_a_real_one_on_the_real_clock() -> None:
    async def main() -> type:
        server, address = await _server()
        async with server:
            _, writer = await asyncio.open_connection(*address)
            kind = type(writer.get_extra_info("socket")._sock)
            writer.close()
            await writer.wait_closed()
            return kind

    assert RealTime().run(main) is socket.socket
