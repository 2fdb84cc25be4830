"""TCP on the virtual network, as a program meets it through asyncio."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from typing import Any

import pytest

from harness.engines import LinkProfile, VirtualTime
from harness.engines.virtual_time.tcp import RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES


class Watching(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.received = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += len(data)

    def eof_received(self) -> bool:
        self.seen.append("eof")
        return True

    def pause_writing(self) -> None:
        self.seen.append("pause_writing")

    def resume_writing(self) -> None:
        self.seen.append("resume_writing")

    def connection_lost(self, error: Exception | None) -> None:
        self.seen.append(type(error).__name__)


async def pair() -> tuple[Watching, Watching]:
    """The client's and the server's end of a connection; the server listens no more."""
    loop = asyncio.get_running_loop()
    ends = Watching(), Watching()
    server = await loop.create_server(lambda: ends[1], "127.0.0.1", 0)
    await loop.create_connection(lambda: ends[0], *server.sockets[0].getsockname())
    await asyncio.sleep(1)
    server.close()
    return ends


async def test_a_port_without_a_listener_refuses_after_a_round_trip() -> None:
    loop = asyncio.get_running_loop()

    with pytest.raises(ConnectionRefusedError, match=r"Connect call failed \('127.0.0.1', 9\)"):
        await asyncio.open_connection("127.0.0.1", 9)

    assert 200e-6 <= loop.time() <= 800e-6


async def test_a_host_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(OSError, match="Connect call failed") as unreachable:
        await asyncio.open_connection("8.8.8.8", 53)

    assert unreachable.value.errno == errno.ENETUNREACH


async def test_a_black_hole_swallows_attempts_until_linux_gives_up_after_127_seconds() -> None:
    loop: Any = asyncio.get_running_loop()
    loop.network.swallow(("127.0.0.1", 9))

    with pytest.raises(TimeoutError) as given_up:
        await asyncio.open_connection("127.0.0.1", 9)

    assert given_up.value.errno == errno.ETIMEDOUT
    assert loop.time() == pytest.approx(127, abs=0.01)


async def test_an_attempt_into_a_black_hole_can_be_cancelled() -> None:
    loop: Any = asyncio.get_running_loop()
    loop.network.swallow(("127.0.0.1", 9))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await asyncio.open_connection("127.0.0.1", 9)

    assert loop.time() == 10


async def test_a_host_that_answers_again_is_reached_by_the_next_syn() -> None:
    loop: Any = asyncio.get_running_loop()
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    loop.network.swallow(address)
    loop.call_later(4, loop.network.answer, address)

    _, writer = await asyncio.open_connection(*address)

    assert loop.time() == pytest.approx(1 + 2 + 4, abs=0.01)
    writer.close()
    server.close()


async def test_a_full_accept_queue_drops_attempts() -> None:
    loop: Any = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, backlog=2)
    address = server.sockets[0].getsockname()
    loop.remove_reader(server.sockets[0].fileno())  # nobody accepts

    attempts = [asyncio.ensure_future(asyncio.open_connection(*address)) for _ in range(4)]
    await asyncio.sleep(10)

    answered = [attempt for attempt in attempts if attempt.done()]
    assert len(answered) == 3
    for attempt in attempts:
        attempt.cancel()
    for attempt in answered:
        attempt.result()[1].close()
    server.close()


async def test_who_was_not_accepted_is_reset_when_the_listener_closes() -> None:
    loop: Any = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    loop.remove_reader(server.sockets[0].fileno())
    reader, writer = await asyncio.open_connection(*address)

    server.close()

    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_port_can_be_listened_on_once() -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 4000)

    with pytest.raises(OSError, match="4000") as taken:
        await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 4000)

    assert taken.value.errno == errno.EADDRINUSE
    server.close()


async def test_a_port_is_free_again_after_its_server_has_closed() -> None:
    for _ in range(2):
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 4000)
        server.close()
        await server.wait_closed()


async def test_a_server_on_all_addresses_is_reached_on_loopback() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), None, 4000)

    reader, writer = await asyncio.open_connection("localhost", 4000)

    assert await reader.read() == b""
    writer.close()
    server.close()


async def test_a_linger_of_zero_turns_abort_into_a_reset() -> None:
    client, server = await pair()

    sock = client.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()
    await asyncio.sleep(1)

    assert server.seen == ["ConnectionResetError"]


async def test_abort_without_linger_is_an_orderly_end_to_the_other_side() -> None:
    client, server = await pair()

    client.transport.abort()
    await asyncio.sleep(1)

    assert server.seen == ["eof"]
    server.transport.abort()


async def test_closing_with_unread_data_is_a_reset() -> None:
    client, server = await pair()
    client.transport.pause_reading()
    server.transport.write(b"unread")
    await asyncio.sleep(1)

    client.transport.abort()
    await asyncio.sleep(1)

    assert server.seen == ["ConnectionResetError"]


async def test_after_half_close_the_other_direction_still_carries_data() -> None:
    client, server = await pair()

    client.transport.write_eof()
    await asyncio.sleep(1)
    server.transport.write(b"still here")
    await asyncio.sleep(1)

    assert (server.seen, client.received) == (["eof"], 10)
    client.transport.abort()
    server.transport.abort()


async def test_who_stops_reading_stops_the_writer() -> None:
    client, server = await pair()
    server.transport.pause_reading()

    client.transport.write(b"x" * (SEND_BUFFER_BYTES + RECEIVE_BUFFER_BYTES))
    before = list(client.seen)
    client.transport.write(b"x" * 100_000)
    await asyncio.sleep(3600)

    assert (before, client.seen) == ([], ["pause_writing"])
    client.transport.abort()
    server.transport.abort()


async def test_who_reads_on_lets_the_writer_go_on() -> None:
    client, server = await pair()
    server.transport.pause_reading()
    client.transport.write(b"x" * 5_000_000)
    await asyncio.sleep(3600)

    server.transport.resume_reading()
    await asyncio.sleep(1)

    assert (client.seen, server.received) == (["pause_writing", "resume_writing"], 5_000_000)
    client.transport.abort()
    server.transport.abort()


@pytest.mark.parametrize(
    ("end", "option", "other_bytes"),
    [(0, socket.SO_SNDBUF, RECEIVE_BUFFER_BYTES), (1, socket.SO_RCVBUF, SEND_BUFFER_BYTES)],
)
async def test_smaller_buffers_stop_the_writer_sooner(end: int, option: int, other_bytes: int) -> None:
    ends = await pair()
    ends[1].transport.pause_reading()
    ends[end].transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, 4096)

    ends[0].transport.write(b"x" * (other_bytes + 4096 + 1))

    assert ends[0].transport.get_write_buffer_size() == 1
    for side in ends:
        side.transport.abort()


async def test_a_buffer_tells_twice_its_size_as_on_linux() -> None:
    client, server = await pair()
    sock = client.transport.get_extra_info("socket")

    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)

    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 131_072
    client.transport.abort()
    server.transport.abort()


async def test_what_is_written_in_one_instant_arrives_in_one_piece() -> None:
    pieces: list[bytes] = []

    class Collecting(Watching):
        def data_received(self, data: bytes) -> None:
            pieces.append(data)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Collecting, "127.0.0.1", 0)
    transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())

    for piece in (b"a", b"b", b"c"):
        transport.write(piece)
    await asyncio.sleep(1)

    assert pieces == [b"abc"]
    transport.close()
    server.close()


def test_an_attempt_that_is_cancelled_before_the_answer_is_back_is_reset() -> None:
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        accepted = Watching()
        server = await loop.create_server(lambda: accepted, "127.0.0.1", 0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.75):
                await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
        await asyncio.sleep(2)
        server.close()
        return accepted.seen

    assert VirtualTime(link=LinkProfile(latency_s=0.5, jitter_s=0)).run(main) == ["ConnectionResetError"]


def test_a_link_cannot_have_a_negative_latency() -> None:
    with pytest.raises(ValueError, match="faster than light"):
        LinkProfile(latency_s=-1.0)


def test_a_slow_link_takes_its_time_there_and_back() -> None:
    async def connect() -> float:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        server.close()
        return asyncio.get_running_loop().time()

    assert VirtualTime(link=LinkProfile(latency_s=0.5, jitter_s=0)).run(connect) == 1.0
