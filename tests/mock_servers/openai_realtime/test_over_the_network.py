"""The mock behind its server, and a WebSocket client in front of it: what a client of OpenAI would see."""

import asyncio
import base64
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Closed, Opened, ReadyTold, Received, Seen, Sent
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import (
    CloseConnection,
    FailResponse,
    GoAway,
    Quota,
    RefuseUpgrade,
    SendMessage,
    SessionExpired,
    Stall,
    Unsupported,
    Withhold,
)
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.openai_realtime import OpenAIRealtime, Settings


def mock(**options) -> OpenAIRealtime:
    return OpenAIRealtime(Conversation(seed=1), **options)


def dialled(server: MockServer, **options) -> connect:
    url = f"ws://127.0.0.1:{server.port}/v1/realtime?model=gpt-realtime"
    return connect(url, additional_headers={"authorization": "Bearer sk-secret"}, **options)


async def until(websocket: ClientConnection, kind: str, *, within_s: float = 60) -> dict:
    async with asyncio.timeout(within_s):
        while (message := json.loads(await websocket.recv()))["type"] != kind:
            pass
    return message


async def say(websocket: ClientConnection, pcm: bytes) -> None:
    """Twenty milliseconds at a time, as a microphone does."""
    for at in range(0, len(pcm), 960):
        audio = base64.b64encode(pcm[at : at + 960]).decode()
        await websocket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        await asyncio.sleep(0.02)


async def test_a_spoken_turn_is_answered():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        await say(websocket, coded(CALLER_STREAM, 0, 48_000) + bytes(14_400))
        done = await until(websocket, "response.done")

    assert done["response"]["status"] == "completed"


async def test_caller_audio_is_seen_byte_for_byte():
    seen: list[Seen] = []
    async with MockServer(mock(), observer=seen.append) as server, dialled(server) as websocket:
        await say(websocket, coded(CALLER_STREAM, 0, 48_000))

    assert b"".join(event.audio for event in seen if isinstance(event, Received)) == coded(CALLER_STREAM, 0, 48_000)


async def test_no_key_is_ever_told():
    seen: list[Seen] = []
    async with (
        MockServer(mock(settings=Settings(api_keys="sk-other")), observer=seen.append) as server,
        dialled(server) as websocket,
    ):
        await websocket.wait_closed()

    assert "sk-secret" not in repr(seen)


async def test_a_bad_key_is_seen_as_101_an_error_and_3000():
    async with MockServer(mock(settings=Settings(api_keys="sk-other"))) as server, dialled(server) as websocket:
        message = json.loads(await websocket.recv())
        await websocket.wait_closed()

        assert message["error"]["code"] == "invalid_api_key"
        assert (websocket.close_code, websocket.close_reason) == (3000, "invalid_request_error.invalid_api_key")


async def test_a_session_lives_for_an_hour_of_silence():
    loop = asyncio.get_running_loop()
    async with MockServer(mock()) as server, dialled(server) as websocket:
        began = loop.time()
        await until(websocket, "error", within_s=4000)
        await websocket.wait_closed()

        assert loop.time() - began == pytest.approx(3600, abs=1)
        assert websocket.close_code == 1001


async def test_what_observers_see_of_a_session_has_a_beginning_and_an_end():
    seen: list[Seen] = []
    async with MockServer(mock(), observer=seen.append) as server:
        async with dialled(server) as websocket:
            await until(websocket, "session.created")
        await asyncio.sleep(1)

    assert [type(event) for event in seen[1:]] == [Opened, Sent, ReadyTold, Closed]


async def test_a_429_at_the_upgrade_has_openais_own_body():
    async with MockServer(mock()) as server:
        server.trouble(RefuseUpgrade(status=429, retry_after_s=3))
        with pytest.raises(InvalidStatus) as refused:
            await dialled(server)

    assert json.loads(refused.value.response.body)["error"]["code"] == "rate_limit_exceeded"


async def test_a_session_can_be_held_before_it_is_ready():
    async with MockServer(mock()) as server:
        server.trouble(Stall(phase="ready"))
        async with dialled(server) as websocket:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(websocket.recv(), 60)


async def test_an_expired_session_is_closed_with_1001():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        await until(websocket, "session.created")
        server.trouble(SessionExpired(), on="live")
        await websocket.wait_closed()

        assert websocket.close_code == 1001


async def test_an_exhausted_quota_meets_every_connection():
    async with MockServer(mock()) as server:
        trouble = server.trouble(Quota())
        for _ in range(3):
            async with dialled(server) as websocket:
                assert (await until(websocket, "error"))["error"]["code"] == "insufficient_quota"

        assert trouble.hits == 3


async def test_a_response_can_be_made_to_fail():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        await until(websocket, "session.created")
        server.trouble(FailResponse(code="server_error"), on="live")
        await websocket.send('{"type": "response.create"}')
        done = await until(websocket, "response.done")

    assert done["response"]["status"] == "failed"


async def test_the_end_of_a_response_can_be_withheld():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        server.trouble(Withhold(name="response.done"))
        await websocket.send('{"type": "response.create"}')

        assert (await until(websocket, "rate_limits.updated"))["rate_limits"][0]["name"] == "tokens"


async def test_an_event_can_come_out_of_turn():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        await until(websocket, "session.created")
        server.trouble(SendMessage(message="response.mcp_call.failed"), on="live")

        assert (await until(websocket, "response.mcp_call.failed"))["output_index"] == 0


async def test_a_close_after_the_tenth_audio_delta_cuts_the_response_there():
    deltas = 0

    def watch(event: Seen) -> None:
        nonlocal deltas
        if isinstance(event, Sent) and event.name == "response.output_audio.delta":
            deltas += 1
            if deltas == 10:
                server.trouble(CloseConnection(code=1001), on=event.connection)

    server = MockServer(mock(), observer=watch)
    async with server, dialled(server) as websocket:
        await websocket.send('{"type": "response.create"}')
        # 1001 is a clean end to this client: the iteration stops.
        received = [json.loads(message)["type"] async for message in websocket]

    assert (received.count("response.output_audio.delta"), deltas) == (10, 10)


async def test_a_trouble_that_openai_does_not_have_is_refused_before_anybody_calls():
    async with MockServer(mock()) as server:
        with pytest.raises(Unsupported, match="OpenAI Realtime has no GoAway"):
            server.trouble(GoAway(time_left_s=10), on="next")


async def test_no_extension_is_sent_that_was_not_offered():
    async with MockServer(mock()) as server, dialled(server, compression=None) as websocket:
        await until(websocket, "session.created")

        assert "sec-websocket-extensions" not in {name.lower() for name in websocket.response.headers}


async def test_the_first_frame_is_a_text_frame_and_comes_at_once():
    loop = asyncio.get_running_loop()
    async with MockServer(mock()) as server, dialled(server) as websocket:
        began = loop.time()
        first = await websocket.recv()

        assert isinstance(first, str)
        assert loop.time() - began < 2


async def test_a_client_can_be_sent_to_another_path():
    seen: list[Seen] = []
    async with MockServer(mock(), observer=seen.append) as server:
        elsewhere = {"location": "/realtime?model=gpt-realtime"}
        server.trouble(RefuseUpgrade(status=302, headers=elsewhere), times=1)
        async with dialled(server) as websocket:
            await until(websocket, "session.created")

    assert [event.path for event in seen if isinstance(event, Opened)] == ["/realtime"]


async def test_a_refusal_tells_its_limits_in_headers():
    async with MockServer(mock()) as server:
        headers = {"x-ratelimit-reset-requests": "1m26.4s", "x-ratelimit-remaining-requests": "0"}
        server.trouble(RefuseUpgrade(status=429, retry_after_s=0.5, form="header-ms", headers=headers))
        with pytest.raises(InvalidStatus) as refused:
            await dialled(server)

    told = refused.value.response.headers
    assert (told["retry-after-ms"], told["x-ratelimit-reset-requests"]) == ("500", "1m26.4s")


async def test_the_server_pings_every_20_3_seconds_with_four_bytes():
    pings: list[tuple[float, bytes]] = []
    loop = asyncio.get_running_loop()

    class Listening(ClientConnection):
        def data_received(self, data: bytes) -> None:
            # An unmasked ping of four bytes: its head, its length, its payload.
            if data[:2] == b"\x89\x04":
                pings.append((loop.time(), data[2:6]))
            super().data_received(data)

    async with (
        MockServer(mock()) as server,
        dialled(server, create_connection=Listening, ping_interval=None) as websocket,
    ):
        await until(websocket, "session.created")
        await asyncio.sleep(65)

    assert len(pings) == 3
    assert pings[1][0] - pings[0][0] == pytest.approx(20.3, abs=0.01)
    assert len({payload for _, payload in pings}) == 3


async def test_the_ledger_of_a_connection_tells_what_came_and_when():
    async with MockServer(mock()) as server, dialled(server) as websocket:
        await until(websocket, "session.created")
        await asyncio.sleep(1)
        await websocket.send('{"type": "input_audio_buffer.clear"}')
        await until(websocket, "input_audio_buffer.cleared")
        (entry,) = server.ledger
        names = [message.name for message in entry.messages]

    assert names == ["session.created", "input_audio_buffer.clear", "input_audio_buffer.cleared"]
