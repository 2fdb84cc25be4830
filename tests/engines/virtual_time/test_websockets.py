"""The unmodified `websockets` library, both ends, on the virtual loop."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def test_a_message_comes_back():
    async with serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as client:
            await client.send("hello" * 20_000)

            assert await client.recv() == "hello" * 20_000


async def test_a_refused_connection_is_refused():
    with pytest.raises(ConnectionRefusedError):
        await connect("ws://127.0.0.1:9")


async def test_an_hour_of_keepalive_takes_an_hour_of_virtual_time():
    loop = asyncio.get_running_loop()
    async with serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.recv(), 3600)

            assert loop.time() > 3600


async def test_an_aborted_server_connection_is_seen_as_1006():
    async def abort(connection):
        connection.transport.abort()

    async with serve(abort, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = await connect(f"ws://127.0.0.1:{port}")

        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

        assert closed.value.rcvd is None
