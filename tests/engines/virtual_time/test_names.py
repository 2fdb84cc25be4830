"""The name service of a run."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from harness.engines import NotSimulated


async def a_server(greeting: bytes) -> tuple[asyncio.Server, tuple[str, int]]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()


async def heard_at(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    heard = await reader.read()
    writer.close()
    return heard


async def test_a_name_that_nobody_has_claimed_does_not_resolve() -> None:
    with pytest.raises(socket.gaierror, match=r"nobody has claimed 'api.openai.com'") as unknown:
        await asyncio.open_connection("api.openai.com", 443)

    assert unknown.value.errno == socket.EAI_NONAME


async def test_a_claimed_name_leads_to_its_address() -> None:
    loop: Any = asyncio.get_running_loop()
    server, address = await a_server(b"hello")
    loop.claim_name("api.openai.com", 443, address)

    assert await heard_at("API.openai.com", 443) == b"hello"
    server.close()


async def test_one_name_may_lead_elsewhere_on_another_port() -> None:
    loop: Any = asyncio.get_running_loop()
    first, first_address = await a_server(b"first")
    second, second_address = await a_server(b"second")
    loop.claim_name("api.deepgram.com", 443, first_address)
    loop.claim_name("api.deepgram.com", 80, second_address)

    assert [await heard_at("api.deepgram.com", port) for port in (443, 80)] == [b"first", b"second"]
    first.close()
    second.close()


async def test_a_later_claim_takes_over() -> None:
    loop: Any = asyncio.get_running_loop()
    first, first_address = await a_server(b"first")
    second, second_address = await a_server(b"second")
    loop.claim_name("api.openai.com", 443, first_address)

    loop.claim_name("api.openai.com", 443, second_address)

    assert await heard_at("api.openai.com", 443) == b"second"
    first.close()
    second.close()


async def test_a_claimed_name_refuses_on_other_ports() -> None:
    loop: Any = asyncio.get_running_loop()
    loop.claim_name("api.openai.com", 443, ("127.0.0.1", 9))

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("api.openai.com", 80)


async def test_a_claimed_name_can_be_looked_up_without_its_port() -> None:
    loop: Any = asyncio.get_running_loop()
    server, address = await a_server(b"hello")
    loop.claim_name("api.openai.com", 443, address)

    [(_, _, _, _, (host, _))] = await loop.getaddrinfo("api.openai.com", None, type=socket.SOCK_STREAM)

    assert await heard_at(host, 443) == b"hello"
    server.close()


async def test_an_address_leads_to_itself() -> None:
    loop = asyncio.get_running_loop()

    assert await loop.getaddrinfo("127.0.0.1", 80) == [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))
    ]


async def test_ipv6_is_refused_with_the_way_out() -> None:
    with pytest.raises(NotSimulated, match=r"use 127\.0\.0\.1"):
        await asyncio.open_connection("::1", 80)
