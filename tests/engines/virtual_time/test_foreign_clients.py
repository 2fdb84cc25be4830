"""Libraries that know nothing of virtual time run in it unchanged."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from email.utils import formatdate
from typing import Any

import anyio
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.engines import VirtualTime


async def echo(connection: Any) -> None:
    async for message in connection:
        await connection.send(message)


async def test_httpx_asks_a_claimed_name() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    loop: Any = asyncio.get_running_loop()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        loop.claim_name("api.deepgram.com", 80, server.sockets[0].getsockname())
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get("http://api.deepgram.com/v1/speak")).text == "hello"


async def test_httpx_gives_up_on_a_server_that_never_answers() -> None:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(asyncio.Protocol, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(f"http://127.0.0.1:{port}/")

    assert loop.time() == pytest.approx(30, abs=0.01)


async def test_anyio_times_out_and_waits() -> None:
    with anyio.move_on_after(100) as scope:
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(anyio.sleep, 1000)

    assert scope.cancelled_caught
    assert asyncio.get_running_loop().time() == 100


async def test_a_client_may_make_and_connect_its_socket_itself() -> None:
    """As aiohttp does, by way of aiohappyeyeballs."""
    loop = asyncio.get_running_loop()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        [(family, kind, proto, _, address)] = await loop.getaddrinfo(*server.sockets[0].getsockname())
        sock = socket.socket(family, kind, proto)
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        reader = asyncio.StreamReader()
        transport, _ = await loop.create_connection(lambda: asyncio.StreamReaderProtocol(reader), sock=sock)

        assert await reader.read() == b"hello"
        transport.close()


async def test_a_socket_can_be_read_and_written_without_a_transport() -> None:
    loop = asyncio.get_running_loop()

    async def parrot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(3))
        writer.close()

    async with await asyncio.start_server(parrot, "127.0.0.1", 0) as server:
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, server.sockets[0].getsockname())
            await loop.sock_sendall(sock, b"abc")

            assert await loop.sock_recv(sock, 10) == b"abc"


async def test_websockets_sends_a_refused_upgrade_with_its_status() -> None:
    def refuse(connection: Any, request: Any) -> Any:
        response = connection.respond(429, "slow down")
        response.headers["Retry-After"] = "7"
        return response

    async with serve(echo, "127.0.0.1", 0, process_request=refuse) as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    assert refused.value.response.headers["Retry-After"] == "7"


async def test_websockets_notices_a_silent_connection_by_its_keepalive() -> None:
    """ping_interval and ping_timeout are 20 s each."""
    loop: Any = asyncio.get_running_loop()

    async def fall_silent(connection: Any) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with serve(fall_silent, "127.0.0.1", 0, ping_interval=None, close_timeout=1) as server:
        client = await connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", close_timeout=1)

        with pytest.raises(ConnectionClosed, match="keepalive ping timeout"):
            await client.recv()

    assert loop.time() == pytest.approx(20 + 20, abs=2.1)


async def test_the_reconnecting_client_of_websockets_can_back_off_for_ten_minutes() -> None:
    async def reconnect() -> None:
        async for _ in connect("ws://127.0.0.1:9", logger=logging.Logger("silent")):
            raise AssertionError("nobody listens there")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reconnect(), 600)

    assert asyncio.get_running_loop().time() == 600


def test_dates_on_the_wire_follow_the_virtual_clock() -> None:
    async def dates() -> tuple[str, str]:
        before = formatdate(usegmt=True)
        await asyncio.sleep(3600)
        return before, formatdate(usegmt=True)

    assert VirtualTime().run(dates) == ("Sun, 15 Jun 2025 15:06:40 GMT", "Sun, 15 Jun 2025 16:06:40 GMT")


def test_the_same_program_draws_the_same_backoff_in_each_run() -> None:
    async def backoff() -> list[float]:
        return [random.uniform(0, 5) for _ in range(3)]

    assert VirtualTime().run(backoff) == VirtualTime().run(backoff)
