"""One WebSocket: every wait on it has an end."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from harness.faults.embedded import EmbeddedServer
from harness.faults.proxy import ToxicSpec
from providers.base import ConnectionFailed
from providers.connection import Link, is_loopback
from providers.credentials import Secrets
from tests.support.scripted_server import Peer, Refusal, ScriptedServer

NO_SECRETS = Secrets()


AUTHORITY = trustme.CA()


async def open_link(url: str, secrets: Secrets = NO_SECRETS, ssl_context: ssl.SSLContext | None = None) -> Link:
    return await Link.open(url, headers={}, secrets=secrets, ssl_context=ssl_context)


def server_side() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


def client_side() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def stay(peer: Peer) -> None:
    await peer.hear_on()


async def test_a_message_comes_as_bytes_whatever_its_frame():
    async def two(peer: Peer) -> None:
        await peer.say("text")
        await peer.say(b"\xff")

    async with ScriptedServer(two) as server:
        link = await open_link(server.url)

        assert [await link.receive(), await link.receive()] == [b"text", b"\xff"]
        await link.discard()


async def test_a_close_is_told_with_code_and_reason():
    async def leave(peer: Peer) -> None:
        await peer.close(1011, "it was sk-secret")

    async with ScriptedServer(leave) as server:
        link = await open_link(server.url, Secrets("sk-secret"))
        with pytest.raises(ConnectionFailed) as raised:
            await link.receive()
        await link.discard()

        assert raised.value.cause.close_code == 1011
        assert raised.value.cause.says == "the server closed the connection with 1011: it was [hidden]"


async def test_a_refusal_is_told_with_status_words_and_wait():
    refusal = Refusal(429, {"Retry-After": "9"}, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}})
    async with ScriptedServer(refusal) as server:
        with pytest.raises(ConnectionFailed) as raised:
            await open_link(server.url)

        cause = raised.value.cause
        assert (cause.status, cause.error_code, cause.retry_after_s) == (429, "rate_limit_exceeded", 9.0)
        assert cause.says == "HTTP 429 at the upgrade: slow down"


async def test_a_peer_that_accepts_and_says_nothing_is_given_up_after_ten_seconds():
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with pytest.raises(ConnectionFailed, match="within 10 s"):
        await open_link(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    assert loop.time() - began_s == pytest.approx(10, abs=0.1)
    server.close()
    await server.wait_closed()


async def test_an_answer_that_is_no_http_is_told():
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(garble, "127.0.0.1", 0)
    with pytest.raises(ConnectionFailed, match="did not complete the upgrade"):
        await open_link(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("tls", [True, False])
async def test_a_send_does_not_wait_until_the_server_says_something(tls):
    async with ScriptedServer(stay, tls=server_side() if tls else None) as server:
        link = await open_link(server.url, ssl_context=client_side() if tls else None)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for _ in range(50):
            await link.send(bytes(640))

        assert loop.time() - began_s <= 0.1
        await link.discard()


@pytest.mark.parametrize("sends", [True, False])
async def test_a_link_without_a_sound_is_dead_after_twelve_seconds(sends):
    async with ScriptedServer(stay) as server:
        faults = EmbeddedServer()
        host, _, port = server.url.removeprefix("ws://").partition(":")
        proxy = await faults.create("line", (host, int(port)))
        link = await open_link(f"ws://{proxy.listen[0]}:{proxy.listen[1]}")
        loop = asyncio.get_running_loop()
        await asyncio.sleep(6.0)
        began_s = loop.time()
        for stream in ("upstream", "downstream"):
            await proxy.add_toxic(ToxicSpec(name=stream, type="timeout", stream=stream, attributes={"timeout": 0}))

        async def talk() -> None:
            while True:
                await link.send(bytes(640))
                await asyncio.sleep(0.02)

        talking = asyncio.create_task(talk() if sends else asyncio.sleep(0))
        with pytest.raises(ConnectionFailed, match="nothing was heard from the server for 12 s"):
            await link.receive()

        assert loop.time() - began_s <= 12.1
        await link.discard()
        await asyncio.wait((talking,))
        await faults.aclose()


async def test_a_server_that_is_only_silent_is_not_taken_for_dead():
    async with ScriptedServer(stay) as server:
        link = await open_link(server.url)
        await asyncio.sleep(3600)

        assert link.is_open
        await link.close()


async def test_a_goodbye_that_is_not_answered_takes_no_more_than_a_second():
    async with ScriptedServer(stay) as server:
        faults = EmbeddedServer()
        host, _, port = server.url.removeprefix("ws://").partition(":")
        proxy = await faults.create("line", (host, int(port)))
        link = await open_link(f"ws://{proxy.listen[0]}:{proxy.listen[1]}")
        for stream in ("upstream", "downstream"):
            await proxy.add_toxic(ToxicSpec(name=stream, type="timeout", stream=stream, attributes={"timeout": 0}))
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await link.close()

        assert loop.time() - began_s <= 1.01
        await faults.aclose()


async def test_sending_on_a_link_that_is_gone_tells_why_it_is_gone():
    async def leave(peer: Peer) -> None:
        await peer.close(1012, "restart")

    async with ScriptedServer(leave) as server:
        link = await open_link(server.url)
        with pytest.raises(ConnectionFailed):
            await link.receive()
        with pytest.raises(ConnectionFailed, match="1012: restart"):
            await link.send("late")
        await link.discard()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("api.openai.com", False), (None, False)],
)
def test_this_machine_is_known_by_its_names(host, loopback):
    assert is_loopback(host) is loopback
