"""Every trouble that the server itself carries out, as a client meets it."""

import asyncio
import json
import re
from email.utils import parsedate_to_datetime
from time import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from mock_servers.base.observer import Closed, Opened, ReadyTold, Received, Refused, Seen, Sent
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import (
    BadFrame,
    CloseConnection,
    DelayPongs,
    Duplicate,
    Garble,
    GoAway,
    MutePings,
    ProviderError,
    RefuseUpgrade,
    Reject,
    SendMessage,
    Stall,
    StopReading,
    Unsupported,
    Withhold,
)
from tests.support.parrot import Parrot


def url(server: MockServer) -> str:
    return f"ws://127.0.0.1:{server.port}/live"


def say(text: str = "hi") -> str:
    return json.dumps({"type": "say", "text": text})


async def told(websocket) -> dict:
    return json.loads(await asyncio.wait_for(websocket.recv(), 5))


async def refusal(server: MockServer):
    with pytest.raises(InvalidStatus) as refused:
        await connect(url(server), proxy=None)
    return refused.value.response


# Refused upgrades.


async def test_a_refused_upgrade_has_the_vendors_own_body():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=503))
        response = await refusal(server)

    assert (response.status_code, json.loads(response.body)) == (503, {"parrot": 503})


async def test_a_refusal_tells_its_wait_in_seconds():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=3))

        assert (await refusal(server)).headers["retry-after"] == "3"


async def test_a_refusal_tells_its_wait_in_milliseconds():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=1.5, form="header-ms"))
        response = await refusal(server)

    assert (response.headers["retry-after-ms"], response.headers.get("retry-after")) == ("1500", None)


async def test_a_refusal_tells_its_wait_as_a_date_that_is_not_too_early():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=20, form="header-date"))
        asked_at = time()
        response = await refusal(server)

    wait_s = parsedate_to_datetime(response.headers["retry-after"]).timestamp() - asked_at
    assert 20 <= wait_s <= 22


async def test_a_refusal_may_keep_its_wait_to_itself():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=3, form="none"))
        response = await refusal(server)

    assert not [name for name in response.headers if name.lower().startswith("retry-after")]


async def test_a_refusal_may_have_a_body_and_headers_of_its_own():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=418, body={"tea": True}, headers={"x-pot": "short"}))
        response = await refusal(server)

    assert (json.loads(response.body), response.headers["x-pot"]) == ({"tea": True}, "short")


async def test_a_refusal_is_told_with_its_wait():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=3))
        await refusal(server)

    assert seen[-1] == Refused(connection=1, status=429, retry_after_s=3)


async def test_a_refusal_for_two_times_lets_the_third_in():
    async with MockServer(Parrot()) as server:
        trouble = server.trouble(RefuseUpgrade(status=503), times=2)
        await refusal(server)
        await refusal(server)
        async with connect(url(server)) as websocket:
            assert await told(websocket) == {"type": "hello"}

    assert trouble.hits == 2


async def test_a_lifted_refusal_lets_the_next_in():
    async with MockServer(Parrot()) as server:
        trouble = server.trouble(RefuseUpgrade(status=503))
        await refusal(server)
        await trouble.lift()
        async with connect(url(server)) as websocket:
            assert await told(websocket) == {"type": "hello"}


async def test_a_rest_call_is_not_an_upgrade():
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=503))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")

        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


# Stalls.


async def test_a_stall_at_tcp_never_answers():
    async with MockServer(Parrot()) as server:
        server.trouble(Stall(phase="tcp"))

        with pytest.raises(TimeoutError):
            await connect(url(server), open_timeout=30)


async def test_a_stall_at_tcp_that_is_lifted_goes_on():
    async with MockServer(Parrot()) as server:
        trouble = server.trouble(Stall(phase="tcp"))
        asyncio.get_running_loop().call_later(5, trouble.lift_now)
        async with connect(url(server)) as websocket:
            assert await told(websocket) == {"type": "hello"}


async def test_a_stall_after_the_upgrade_says_nothing():
    async with MockServer(Parrot()) as server:
        server.trouble(Stall(phase="upgrade"))
        async with connect(url(server), close_timeout=1, ping_interval=None) as websocket:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(websocket.recv(), 60)


async def test_a_stall_after_the_upgrade_answers_no_ping():
    async with MockServer(Parrot()) as server:
        server.trouble(Stall(phase="upgrade"))
        async with connect(url(server), close_timeout=1, ping_interval=None) as websocket:
            pong = await websocket.ping()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pong, 60)


async def test_a_stall_behind_a_stall_is_heard_of_only_when_both_are_lifted():
    """What a client says meanwhile has to wait, or its session would answer before it has greeted."""
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        before, behind = server.trouble(Stall(phase="tcp")), server.trouble(Stall(phase="upgrade"))
        asyncio.get_running_loop().call_later(2, before.lift_now)
        async with connect(url(server), ping_interval=None) as websocket:
            await websocket.send(say())
            await asyncio.sleep(5)
            told_meanwhile = [event for event in seen if isinstance(event, Received | Sent)]
            await behind.lift()

            assert told_meanwhile == []
            assert [(await told(websocket))["type"] for _ in range(2)] == ["hello", "echo"]


@pytest.mark.parametrize("phase", ["upgrade", "ready"])
async def test_two_stalls_of_one_phase_hold_until_the_second_is_lifted(phase):
    async with MockServer(Parrot()) as server:
        first, second = server.trouble(Stall(phase=phase)), server.trouble(Stall(phase=phase))
        async with connect(url(server), ping_interval=None) as websocket:
            await first.lift()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(websocket.recv(), 5)
            await second.lift()

            assert await told(websocket) == {"type": "hello"}


async def test_a_stall_before_ready_answers_pings():
    async with MockServer(Parrot()) as server:
        server.trouble(Stall(phase="ready"))
        async with connect(url(server)) as websocket:
            pong = await websocket.ping()

            assert await asyncio.wait_for(pong, 5) > 0


async def test_a_stall_before_ready_says_no_message():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server:
        server.trouble(Stall(phase="ready"))
        async with connect(url(server)) as websocket:
            await websocket.send(say())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(websocket.recv(), 60)

    assert not [event for event in seen if isinstance(event, Sent | ReadyTold)]


async def test_a_stall_before_ready_that_is_lifted_says_what_it_held_up():
    async with MockServer(Parrot()) as server:
        trouble = server.trouble(Stall(phase="ready"))
        async with connect(url(server)) as websocket:
            await websocket.send(say())
            await asyncio.sleep(5)
            await trouble.lift()

            assert [(await told(websocket))["type"] for _ in range(2)] == ["hello", "echo"]


# Closing.


async def test_live_connections_are_closed_with_code_and_reason():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(CloseConnection(code=1011, reason="Deadline expired"), on="live")
        await websocket.wait_closed()

        assert (websocket.close_code, websocket.close_reason) == (1011, "Deadline expired")


async def test_a_close_without_a_status_is_1005():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(CloseConnection(code=None), on="live")
        await websocket.wait_closed()
        await asyncio.sleep(1)

        assert websocket.close_code == 1005
        assert seen[-1] == Closed(connection=1, code=1005, by="server")


async def test_after_a_close_that_never_answers_the_tcp_connection_stays():
    loop = asyncio.get_running_loop()
    async with MockServer(Parrot()) as server:
        websocket = await connect(url(server), close_timeout=40)
        await websocket.recv()
        began = loop.time()
        server.trouble(CloseConnection(code=1000, never_answer=True), on="live")
        await websocket.wait_closed()

        # It is the client's own patience that ends it.
        assert loop.time() - began == pytest.approx(40, abs=0.1)


async def test_only_live_connections_are_hit_by_a_trouble_on_live():
    async with MockServer(Parrot()) as server, connect(url(server)) as first:
        await first.recv()
        trouble = server.trouble(CloseConnection(code=1011), on="live")
        await first.wait_closed()
        async with connect(url(server)) as second:
            await second.recv()
            await second.send(say())

            assert (await told(second))["type"] == "echo"
    assert trouble.hits == 1


async def test_only_later_connections_are_hit_by_a_trouble_on_next():
    async with MockServer(Parrot()) as server, connect(url(server)) as first:
        await first.recv()
        server.trouble(CloseConnection(code=1013), on="next", times=1)
        second = await connect(url(server))
        await second.wait_closed()
        await first.send(say())

        assert second.close_code == 1013
        assert (await told(first))["type"] == "echo"


async def test_one_connection_is_hit_by_its_number():
    async with MockServer(Parrot()) as server, connect(url(server)) as first, connect(url(server)) as second:
        await first.recv(), await second.recv()
        server.trouble(CloseConnection(code=1011), on=2)
        await second.wait_closed()
        await first.send(say())

        assert (await told(first))["type"] == "echo"


# Bad frames.


async def close_code_after(frame: str) -> int:
    async with MockServer(Parrot()) as server:
        websocket = await connect(url(server))
        await websocket.recv()
        server.trouble(BadFrame(frame=frame), on="live")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(websocket.recv(), 5)
        return websocket.protocol.close_sent.code


@pytest.mark.parametrize(
    ("frame", "code"), [("wrong-utf8", 1007), ("reserved-bits", 1002), ("oversize", 1009), ("masked", 1002)]
)
async def test_a_client_ends_the_connection_over_this_frame(frame, code):
    assert await close_code_after(frame) == code


async def bad_message(frame: str) -> str | bytes:
    async with MockServer(Parrot()) as server, connect(url(server), max_size=None) as websocket:
        await websocket.recv()
        server.trouble(BadFrame(frame=frame), on="live")
        return await asyncio.wait_for(websocket.recv(), 5)


async def test_a_truncated_message_is_no_json():
    with pytest.raises(json.JSONDecodeError):
        json.loads(await bad_message("truncated-json"))


async def test_a_binary_frame_is_64_bytes_of_nothing():
    assert await bad_message("binary-frame") == bytes(range(64))


async def test_an_oversize_message_is_valid_and_longer_than_a_mebibyte():
    message = await bad_message("oversize")

    assert len(message) == 1024 * 1024 + 1
    assert json.loads(message) == {"type": "squawk"}


async def test_a_fragmented_message_is_valid_for_who_puts_it_together():
    assert json.loads(await bad_message("fragmented")) == {"type": "squawk"}


async def raw_frames(frame: str, count: int) -> list[bytes]:
    """What a bad frame is on the wire: first byte, second byte, payload, of so many frames, read without a library."""
    async with MockServer(Parrot()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        await raw_frame(reader)
        server.trouble(BadFrame(frame=frame), on="live")
        frames = [await raw_frame(reader) for _ in range(count)]
        writer.close()
        return frames


async def raw_frame(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readexactly(2), 5)
    length = head[1] & 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    return head + mask + await reader.readexactly(length)


FIN, RSV1, MASKED = 0x80, 0x40, 0x80
CONT, TEXT, PING = 0x0, 0x1, 0x9


async def test_a_text_that_is_not_utf_8_is_a_text_frame_all_the_same():
    (frame,) = await raw_frames("wrong-utf8", 1)

    assert frame[0] == FIN | TEXT
    with pytest.raises(UnicodeDecodeError):
        frame[2:].decode()


async def test_reserved_bits_are_set_on_a_valid_message():
    (frame,) = await raw_frames("reserved-bits", 1)

    assert frame[0] == FIN | RSV1 | TEXT
    assert json.loads(frame[2:]) == {"type": "squawk"}


async def test_a_masked_frame_is_a_valid_message_under_its_mask():
    (frame,) = await raw_frames("masked", 1)
    mask, payload = frame[2:6], frame[6:]

    assert (frame[0], frame[1] & MASKED) == (FIN | TEXT, MASKED)
    assert json.loads(bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))) == {"type": "squawk"}


async def test_a_fragmented_message_has_three_pieces_and_a_ping_between_them():
    frames = await raw_frames("fragmented", 4)

    kinds = [frame[0] for frame in frames]
    pieces = [frame[2:] for frame in frames if frame[0] & 0x0F != PING]
    assert sorted(kinds) == sorted([TEXT, CONT, FIN | CONT, FIN | PING])
    assert kinds[0] == TEXT
    assert kinds[-1] == FIN | CONT
    assert json.loads(b"".join(pieces)) == {"type": "squawk"}


async def test_a_bad_frame_leaves_the_session_alive():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(BadFrame(frame="truncated-json"), on="live")
        await websocket.recv()
        await websocket.send(say())

        assert (await told(websocket))["type"] == "echo"


# Pings and reading.


async def test_muted_pings_get_no_pong():
    async with MockServer(Parrot()) as server, connect(url(server), ping_interval=None) as websocket:
        trouble = server.trouble(MutePings())
        pong = await websocket.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pong, 60)

        assert trouble.hits == 1


async def test_muted_pings_make_a_clients_keepalive_give_up():
    async with MockServer(Parrot()) as server, connect(url(server), ping_interval=20, ping_timeout=20) as websocket:
        server.trouble(MutePings())
        await websocket.wait_closed()

        assert websocket.protocol.close_sent.code == 1011


async def test_delayed_pongs_come_so_much_later():
    async with MockServer(Parrot()) as server, connect(url(server), ping_interval=None) as websocket:
        server.trouble(DelayPongs(delay_s=25))

        assert await (await websocket.ping()) == pytest.approx(25, abs=0.01)


async def test_when_nobody_reads_a_clients_sends_back_up():
    async def send_without_end() -> None:
        while True:
            await websocket.send(b"x" * 65536)

    async with MockServer(Parrot()) as server, connect(url(server), ping_interval=None) as websocket:
        await websocket.recv()
        trouble = server.trouble(StopReading())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send_without_end(), 60)
        await trouble.lift()


async def test_when_reading_goes_on_nothing_was_lost():
    async with MockServer(Parrot()) as server, connect(url(server), ping_interval=None) as websocket:
        await websocket.recv()
        trouble = server.trouble(StopReading())
        await websocket.send(say("kept"))
        await asyncio.sleep(30)
        await trouble.lift()

        assert await told(websocket) == {"type": "echo", "text": "kept"}


# Messages.


async def test_a_message_out_of_turn_is_named():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(SendMessage(message="squawk"), on="live")

        assert await told(websocket) == {"type": "squawk"}


async def test_a_message_out_of_turn_is_told_as_a_fault():
    seen: list[Seen] = []
    async with MockServer(Parrot(), observer=seen.append) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(SendMessage(message={"type": "new", "x": 1}), on="live")

        assert await told(websocket) == {"type": "new", "x": 1}
    assert Sent(connection=1, name="new", body={"type": "new", "x": 1}, fault=True) in seen


async def test_a_withheld_message_never_comes():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        trouble = server.trouble(Withhold(name="echo"), times=1)
        await websocket.send(say("one"))
        await websocket.send(say("two"))

        assert await told(websocket) == {"type": "echo", "text": "two"}
    assert trouble.hits == 1


async def test_a_garbled_message_is_cut_off():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(Garble(name="echo"))
        await websocket.send(say("one"))

        assert await websocket.recv() == '{"type": "echo"'


async def test_a_doubled_message_comes_twice():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(Duplicate(name="echo"), times=1)
        await websocket.send(say("one"))
        await websocket.send(say("two"))

        assert [(await told(websocket))["text"] for _ in range(3)] == ["one", "one", "two"]


# What a session does itself.


async def test_a_provider_error_comes_from_the_session():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        server.trouble(ProviderError(code="overloaded"), on="live")

        assert await told(websocket) == {"type": "error", "message": "overloaded"}


async def test_a_rejection_ends_after_so_many_messages():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        trouble = server.trouble(Reject(name="say"), times=1)
        await websocket.send(say("one"))
        await websocket.send(say("two"))
        messages = [await told(websocket) for _ in range(3)]

    assert sorted(message["type"] for message in messages) == ["echo", "error", "squawk"]
    assert trouble.hits == 1


async def test_a_lasting_trouble_reaches_later_connections_too():
    async with MockServer(Parrot()) as server:
        server.trouble(Reject(name="say"))
        async with connect(url(server)) as websocket:
            await websocket.recv()
            await websocket.send(say())

            assert (await told(websocket))["type"] == "error"


async def test_a_trouble_that_the_vendor_does_not_know_is_refused():
    async with MockServer(Parrot()) as server, connect(url(server)) as websocket:
        await websocket.recv()
        with pytest.raises(Unsupported, match="a parrot knows reject and provider errors only"):
            server.trouble(GoAway(time_left_s=1))


# What cannot be.


async def test_a_message_that_the_vendor_does_not_send_is_refused_with_the_nearest():
    async with MockServer(Parrot()) as server:
        with pytest.raises(
            Unsupported, match=re.escape("parrot's server sends no message 'ecko'; did you mean 'echo'?")
        ):
            server.trouble(Withhold(name="ecko"))


async def test_a_close_code_that_no_frame_can_carry_is_refused():
    async with MockServer(Parrot()) as server:
        with pytest.raises(ValueError, match="no close frame can carry the code 1006"):
            server.trouble(CloseConnection(code=1006))


async def test_a_status_that_ends_nothing_is_refused():
    async with MockServer(Parrot()) as server:
        with pytest.raises(ValueError, match="between 200 and 599, not 101"):
            server.trouble(RefuseUpgrade(status=101))


async def test_a_header_that_would_smuggle_another_is_refused():
    async with MockServer(Parrot()) as server:
        with pytest.raises(ValueError, match="cannot be sent"):
            server.trouble(RefuseUpgrade(status=503, headers={"x": "1\r\nset-cookie: y"}))


# Troubles that an observer orders in the middle of things.


async def test_a_close_ordered_when_a_message_went_out_comes_right_behind_it():
    seen: list[Seen] = []

    def watch(event: Seen) -> None:
        seen.append(event)
        if isinstance(event, Sent):
            server.trouble(CloseConnection(code=1012), on=event.connection, times=1)

    server = MockServer(Parrot(), observer=watch)
    async with server:
        websocket = await connect(url(server))
        await websocket.wait_closed()
        await asyncio.sleep(1)

    assert [type(event) for event in seen[1:]] == [Opened, Sent, Closed]
    assert websocket.close_code == 1012


async def test_what_a_session_says_of_a_trouble_comes_behind_what_it_was_saying():
    def watch(event: Seen) -> None:
        if isinstance(event, Sent) and event.name == "noise":
            server.trouble(ProviderError(code="hiccup"), on="live", times=1)

    server = MockServer(Parrot(), observer=watch)
    async with server, connect(url(server)) as websocket:
        await websocket.recv()
        await websocket.send(json.dumps({"type": "flood", "kilobytes": 2}))

        assert [(await told(websocket))["type"] for _ in range(4)] == ["noise", "noise", "error", "error"]


async def test_a_trouble_before_the_start_is_a_mistake():
    with pytest.raises(RuntimeError, match="has not been started"):
        MockServer(Parrot()).trouble(MutePings())


async def test_a_frame_that_comes_after_the_close_is_not_answered():
    async with MockServer(Parrot()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b'hello"}')
        server.trouble(CloseConnection(code=1000), on="live")
        writer.write(Frame(Opcode.TEXT, say().encode()).serialize(mask=True))
        writer.write(Frame(Opcode.CLOSE, b"").serialize(mask=True))

        assert await asyncio.wait_for(reader.read(), 5) == b"\x88\x02\x03\xe8"
        writer.close()
