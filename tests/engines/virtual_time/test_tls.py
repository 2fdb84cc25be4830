"""TLS over fake sockets: asyncio's own, and OpenSSL's."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

AUTHORITY = trustme.CA()


def server_side(*names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(*names).configure_cert(context)
    return context


def client_side() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def echo(connection: Any) -> None:
    async for message in connection:
        await connection.send(message)


async def test_a_client_reaches_a_claimed_name_over_tls() -> None:
    loop: Any = asyncio.get_running_loop()
    async with serve(echo, "127.0.0.1", 0, ssl=server_side("api.openai.com")) as server:
        loop.claim_name("api.openai.com", 443, server.sockets[0].getsockname())

        async with connect("wss://api.openai.com/v1/realtime", ssl=client_side()) as client:
            await client.send("x" * 300_000)

            assert await client.recv() == "x" * 300_000


async def test_a_certificate_for_another_name_is_not_believed() -> None:
    loop: Any = asyncio.get_running_loop()
    async with serve(echo, "127.0.0.1", 0, ssl=server_side("api.openai.com")) as server:
        loop.claim_name("api.deepgram.com", 443, server.sockets[0].getsockname())

        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await connect("wss://api.deepgram.com/v1/listen", ssl=client_side())


async def test_a_server_that_says_nothing_lets_the_handshake_time_out() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()

    with pytest.raises(ConnectionAbortedError, match="60"):
        await asyncio.open_connection(*address, ssl=client_side(), server_hostname="localhost")

    assert loop.time() == pytest.approx(60, abs=0.01)
    server.close()


async def test_a_plain_connection_becomes_a_tls_connection() -> None:
    async def serve_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(server_side("localhost"))
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve_tls, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await writer.start_tls(client_side(), server_hostname="localhost")
    writer.write(b"secret\n")

    assert await reader.read() == b"secret\n"
    writer.close()
    server.close()
