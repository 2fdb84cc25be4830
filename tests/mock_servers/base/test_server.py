"""The server as a client meets it: upgrades, REST, closing, hostile input."""

import asyncio
import json
import struct
from socket import SO_LINGER, SOL_SOCKET

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from mock_servers.base.observer import Accepted, Closed, Opened, ReadyTold, Received, Refused, Seen, Sent
from mock_servers.base.server import MockServer
from tests.support.parrot import Parrot


def url(server: MockServer, path: str = "/live") -> str:
    return f"ws://127.0.0.1:{server.port}{path}"


async def told(websocket) -> dict:
    return json.loads(await websocket.recv())


def say(name: str, **fields) -> str:
    return json.dumps({"type": name, **fields})


async def test_a_client_is_greeted():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        assert await told(websocket) == {"type": "hello"}


async def test_a_session_adds_its_headers_to_the_101():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        assert websocket.response.headers["x-parrot"] == "grey"


async def test_a_session_chooses_its_subprotocol():
    async with MockServer(Parrot()) as server, connect(url(server), subprotocols=["other", "parrot"]) as websocket:
        assert websocket.subprotocol == "parrot"


async def test_a_message_is_answered():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        await websocket.send(say("say", text="hello"))

        assert await told(websocket) == {"type": "echo", "text": "hello"}


async def test_bytes_are_answered_with_bytes():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        await websocket.send(b"\x00\x01")

        assert await websocket.recv() == b"\x00\x01"


async def test_a_message_in_fragments_is_one_message():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        await websocket.send(['{"type": "say",', ' "text": "é', 'a"}'])

        assert await told(websocket) == {"type": "echo", "text": "éa"}


async def test_time_passes_for_a_session_exactly_when_it_wants_to_be_woken():
    loop = asyncio.get_running_loop()
    sent: list[tuple[float, float]] = []

    def watch(seen: Seen) -> None:
        if isinstance(seen, Sent) and seen.name == "tick":
            sent.append((loop.time(), seen.body["at"]))

    began = loop.time()
    async with MockServer(Parrot(), observer=watch) as server, connect(url(server)) as websocket:
        await websocket.send(say("count", to=3))
        await asyncio.sleep(10)

    assert [at for at, _ in sent] == [pytest.approx(began + wanted, abs=1e-9) for _, wanted in sent]
    assert len(sent) == 3


async def test_a_session_closes_with_its_own_code():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.send(say("bye", code=4321, reason="enough"))
        await websocket.wait_closed()

        assert (websocket.close_code, websocket.close_reason) == (4321, "enough")


async def test_a_reason_that_is_too_long_is_cut_between_two_characters():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.send(say("bye", reason="é" * 100))
        await websocket.wait_closed()

        assert websocket.close_reason == "é" * 61


async def test_an_abort_is_an_end_of_stream_without_a_close_frame():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.send(say("drop"))
        await websocket.wait_closed()

        assert websocket.close_code == 1006


async def test_a_reset_reaches_the_client_as_a_reset():
    async with MockServer(Parrot()) as server:
        reader, writer = await upgraded(server)
        writer.write(masked(say("cut")))

        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_an_answer_refuses_an_upgrade():
    async with MockServer(Parrot()) as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url(server, "/nowhere"))

    assert (refused.value.response.status_code, refused.value.response.headers["x-parrot"]) == (404, "lost")


async def test_an_upgrade_without_a_key_is_a_bad_request():
    async with MockServer(Parrot()) as server:
        status, _ = await raw(
            server, b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )

    assert status == 400


async def test_a_plain_request_to_a_websocket_path_is_told_to_upgrade():
    async with MockServer(Parrot()) as server, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/live")

    assert answer.status_code == 426


async def test_a_rest_call_is_answered():
    async with MockServer(Parrot()) as server, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"http://127.0.0.1:{server.port}/echo", content=b"polly")

    assert (answer.status_code, answer.content) == (200, b"polly")


async def test_a_connection_takes_one_rest_call_after_the_other():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for word in (b"one", b"two"):
            writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + word)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n" + word), 5)
        writer.close()

    assert [type(event) for event in seen] == [Accepted, Received, Sent, Received, Sent]


async def test_a_pipelined_request_is_answered_after_the_first():
    async with MockServer(Parrot()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        request = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n%b"
        writer.write(request % b"one" + request % b"two")
        await asyncio.sleep(1)
        answers = await reader.read(10_000)
        writer.close()

    assert answers.index(b"one") < answers.index(b"two")


async def test_chunks_of_an_answer_come_in_their_own_time():
    loop = asyncio.get_running_loop()
    async with MockServer(Parrot()) as server, httpx.AsyncClient(trust_env=False, timeout=10) as client:
        began = loop.time()
        arrivals = []
        async with client.stream("GET", f"http://127.0.0.1:{server.port}/slow") as answer:
            async for chunk in answer.aiter_raw():
                arrivals.append((chunk, round(loop.time() - began, 1)))

    assert arrivals == [(b"0", 1.0), (b"1", 2.0), (b"2", 3.0)]


async def test_the_paths_double_slash_is_kept():
    vendor = Parrot()
    async with MockServer(vendor) as server:
        await raw(server, b"GET //ws/a%3Ab?key=1&x=%20 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert (vendor.requests[0].path, vendor.requests[0].query) == ("//ws/a:b", (("key", "1"), ("x", " ")))


async def test_a_client_that_hangs_up_is_seen_once_with_its_code():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        async with connect(url(server, "/live?key=secret&model=grey")) as websocket:
            await websocket.recv()
            await websocket.send(say("say", text="hi"))
            await websocket.recv()
        await asyncio.sleep(1)

    assert seen == [
        Accepted(connection=1),
        Opened(connection=1, path="/live", query=(("model", "grey"),)),
        Sent(connection=1, name="hello", body={"type": "hello"}),
        ReadyTold(connection=1),
        Received(connection=1, name="say", body={"type": "say", "text": "hi"}),
        Sent(connection=1, name="echo", body={"type": "echo", "text": "hi"}),
        Closed(connection=1, code=1000, reason="", by="client"),
    ]


async def test_a_refused_upgrade_is_seen():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        with pytest.raises(InvalidStatus):
            await connect(url(server, "/nowhere"))

    assert seen == [Accepted(connection=1), Refused(connection=1, status=404)]


async def test_a_reset_by_the_client_is_seen_as_one():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        _, writer = await upgraded(server)
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        await asyncio.sleep(1)

    assert seen[-1] == Closed(connection=1, code=1006, by="client", reset=True)


async def test_a_client_that_ends_the_stream_without_a_close_frame_is_seen_as_that():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        _, writer = await upgraded(server)
        writer.write_eof()
        await asyncio.sleep(1)
        writer.close()

    assert seen[-1] == Closed(connection=1, code=1006, by="client")


async def test_a_session_learns_of_its_end_once():
    vendor = Parrot()
    async with MockServer(vendor) as server, connect(url(server)):
        pass

    assert vendor.sessions[0].closed_at_s is not None


async def test_a_client_that_never_answers_a_close_is_let_go_after_ten_seconds():
    loop = asyncio.get_running_loop()
    async with MockServer(Parrot()) as server:
        reader, writer = await upgraded(server)
        began = loop.time()
        writer.write(masked(say("bye")))
        await asyncio.wait_for(reader.read(), 60)

        assert loop.time() - began == pytest.approx(10.0, abs=0.1)
        writer.close()


async def test_closing_the_server_takes_every_connection_down():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        first, second = await connect(url(server)), await connect(url(server))

    await first.wait_closed()
    await second.wait_closed()
    assert seen[-2:] == [Closed(connection=1, code=1006, by="server"), Closed(connection=2, code=1006, by="server")]


async def test_closing_twice_does_nothing():
    server = MockServer(Parrot())
    await server.start()
    await server.aclose()
    await server.aclose()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_open_connections_are_listed_oldest_first():
    async with MockServer(Parrot()) as server, connect(url(server)), connect(url(server)) as second:
        await second.recv()

        assert server.live == (1, 2)


async def test_the_server_pings_at_its_vendors_interval():
    loop = asyncio.get_running_loop()
    async with MockServer(Parrot(ping_interval_s=20.3)) as server:
        reader, writer = await upgraded(server)
        await frame(reader)
        began = loop.time()
        pings = []
        for _ in range(2):
            opcode, payload = await frame(reader)
            pings.append((opcode, payload, round(loop.time() - began, 1)))
        writer.close()

    assert pings == [(Opcode.PING, b"\0\0\0\1", 20.3), (Opcode.PING, b"\0\0\0\2", 40.6)]


async def test_a_client_who_does_not_read_stops_its_sessions_time():
    vendor = Parrot()
    async with MockServer(vendor) as server:
        reader, writer = await upgraded(server, limit=1024)
        writer.write(masked(say("count", to=2)))
        # A socket takes about 4 MB before its writer notices anything, as on loopback.
        writer.write(masked(say("flood", kilobytes=8192)))
        await asyncio.sleep(30)
        while_nobody_read = len(vendor.sessions[0].ticks)
        received = bytearray()
        while received.count(b'"tick"') < 2:
            received += await asyncio.wait_for(reader.read(65536), 10)
        writer.close()

    assert while_nobody_read == 2


async def test_a_message_of_more_than_16_mib_is_closed_with_1009():
    async with MockServer(Parrot()) as server:
        reader, writer = await upgraded(server)
        await frame(reader)
        writer.write(b"\x82\xff" + (16 * 1024 * 1024 + 1).to_bytes(8, "big"))

        assert close_code(await frame(reader)) == 1009
        writer.close()


async def test_text_that_is_no_utf8_is_closed_with_1007():
    assert await code_for(b"\xff\xfe", Opcode.TEXT) == 1007


async def test_an_unmasked_frame_is_closed_with_1002():
    async with MockServer(Parrot()) as server:
        reader, writer = await upgraded(server)
        await frame(reader)
        writer.write(Frame(Opcode.TEXT, b"{}").serialize(mask=False))

        assert close_code(await frame(reader)) == 1002
        writer.close()


async def test_a_connection_that_asks_nothing_is_hung_up_after_75_seconds():
    loop = asyncio.get_running_loop()
    async with MockServer(Parrot()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        began = loop.time()
        await asyncio.wait_for(reader.read(), 100)

        assert loop.time() - began == pytest.approx(75.0, abs=0.1)
        writer.close()


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=1, max_size=400))
async def test_bytes_that_are_no_http_hurt_nobody(noise):
    async with MockServer(Parrot()) as server, connect(url(server)) as neighbour:
        await neighbour.recv()
        await raw(server, noise)
        await neighbour.send(say("say", text="still here"))

        assert (await told(neighbour))["text"] == "still here"


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=1, max_size=400))
async def test_bytes_that_are_no_frames_hurt_nobody(noise):
    async with MockServer(Parrot()) as server, connect(url(server)) as neighbour:
        await neighbour.recv()
        _, writer = await upgraded(server)
        writer.write(noise)
        await asyncio.sleep(0.1)
        writer.close()
        await neighbour.send(say("say", text="still here"))

        assert (await told(neighbour))["text"] == "still here"


async def test_a_request_that_never_ends_its_head_is_refused():
    async with MockServer(Parrot()) as server:
        status, _ = await raw(server, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000)

    assert status == 431


async def raw(server: MockServer, request: bytes) -> tuple[int | None, bytes]:
    """The status and all bytes of the answer to these bytes; None where none came within a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answer = b""
    try:
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(65536), 1)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    status = int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else None
    return status, answer


async def upgraded(server: MockServer, *, limit: int = 65536) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare connection, behind its 101."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=limit)
    writer.write(
        b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b" 101 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    return reader, writer


async def frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head, length = await asyncio.wait_for(reader.readexactly(2), 60)
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    return head & 0x0F, await reader.readexactly(length)


def close_code(close: tuple[int, bytes]) -> int:
    opcode, payload = close
    assert opcode == Opcode.CLOSE
    return int.from_bytes(payload[:2], "big")


def masked(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


async def code_for(payload: bytes, opcode: Opcode) -> int:
    async with MockServer(Parrot()) as server:
        reader, writer = await upgraded(server)
        await frame(reader)
        writer.write(Frame(opcode, payload).serialize(mask=True))
        code = close_code(await frame(reader))
        writer.close()
    return code


async def test_a_message_that_comes_with_the_close_is_seen_before_it():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        _, writer = await upgraded(server)
        writer.write(masked(say("say", text="last")) + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
        await asyncio.sleep(1)
        writer.close()

    assert [type(event) for event in seen[-2:]] == [Received, Closed]
