"""The mock on its port, as a WebSocket client meets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mock_servers.base import observer
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import GoAway, Quota, RefuseResume, RefuseUpgrade, Stall
from tests.support.gemini_story import MODEL, PATH, gemini

SETUP = {"setup": {"model": MODEL, "session_resumption": {}}}
HELLO = {"client_content": {"turns": [{"role": "user", "parts": [{"text": "hello"}]}], "turn_complete": True}}


@asynccontextmanager
async def dialled(server: MockServer, *, key: str = "good", path: str = PATH) -> AsyncIterator[ClientConnection]:
    uri = f"ws://127.0.0.1:{server.port}{path}"
    async with connect(uri, additional_headers={"x-goog-api-key": key}, proxy=None, close_timeout=1.0) as websocket:
        yield websocket


async def heard(websocket: ClientConnection) -> dict[str, Any]:
    frame = await websocket.recv()
    assert isinstance(frame, bytes), "Google's frames are binary"
    message: dict[str, Any] = json.loads(frame)
    return message


async def heard_until(websocket: ClientConnection, name: str, field: str) -> dict[str, Any]:
    while True:
        message = await heard(websocket)
        if field in message.get(name, {}):
            body: dict[str, Any] = message[name]
            return body


async def ending(websocket: ClientConnection) -> tuple[int, str]:
    try:
        while True:
            await websocket.recv()
    except ConnectionClosed:
        assert websocket.close_code is not None
        return websocket.close_code, websocket.close_reason or ""


async def test_a_session_is_set_up_and_answers():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        assert await heard(websocket) == {"setupComplete": {}}
        await websocket.send(json.dumps(HELLO))

        await heard_until(websocket, "serverContent", "turnComplete")


async def test_a_caller_may_send_binary_frames_too():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP).encode())

        assert await heard(websocket) == {"setupComplete": {}}


async def test_a_bad_key_gets_its_close_frame_after_the_upgrade():
    async with MockServer(gemini()) as server, dialled(server, key="invalid") as websocket:
        assert await ending(websocket) == (1007, "API key not valid. Please pass a valid API key.")


async def test_another_path_is_refused_at_the_upgrade():
    async with MockServer(gemini()) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(server, path="/ws/elsewhere"):
                pass

    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body or b"")["error"]["status"] == "NOT_FOUND"


async def test_a_refused_upgrade_has_googles_error_body():
    async with MockServer(gemini()) as server:
        server.trouble(RefuseUpgrade(status=429), on="next")
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(server):
                pass

    assert json.loads(refused.value.response.body or b"")["error"]["status"] == "RESOURCE_EXHAUSTED"


async def test_a_goaway_that_is_ignored_ends_in_an_abort():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        server.trouble(GoAway(time_left_s=10.0), on="live")
        told_s = asyncio.get_running_loop().time()
        assert await heard(websocket) == {"goAway": {"timeLeft": "10s"}}

        code, reason = await ending(websocket)

        assert (code, len(reason)) == (1008, 123)
        assert 10.8 <= asyncio.get_running_loop().time() - told_s < 10.9


async def test_a_session_is_resumed_on_a_new_connection():
    told: list[observer.Seen] = []
    async with MockServer(gemini(), observer=told.append) as server:
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))
            await websocket.send(json.dumps(HELLO))
            handle = (await heard_until(websocket, "sessionResumptionUpdate", "newHandle"))["newHandle"]
        async with dialled(server) as websocket:
            await websocket.send(json.dumps({"setup": {"model": MODEL, "sessionResumption": {"handle": handle}}}))
            assert await heard(websocket) == {"setupComplete": {}}

    assert [seen.resumed for seen in told if isinstance(seen, observer.ReadyTold)] == [False, True]


async def test_a_refused_handle_is_told_in_a_close_frame():
    async with MockServer(gemini()) as server:
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))
            await websocket.send(json.dumps(HELLO))
            handle = (await heard_until(websocket, "sessionResumptionUpdate", "newHandle"))["newHandle"]
        server.trouble(RefuseResume(), on="next")
        async with dialled(server) as websocket:
            await websocket.send(json.dumps({"setup": {"model": MODEL, "sessionResumption": {"handle": handle}}}))

            assert await ending(websocket) == (1008, "BidiGenerateContent session not found")


async def test_a_spent_quota_is_told_in_a_close_frame():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        server.trouble(Quota(), on="live")

        assert await ending(websocket) == (
            1011,
            "You exceeded your current quota, please check your plan and billing details.",
        )


async def test_a_session_can_stay_silent_after_the_upgrade():
    async with MockServer(gemini()) as server:
        server.trouble(Stall(phase="ready"), on="next")
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(websocket.recv(), 30.0)


async def test_observers_never_learn_the_key():
    told: list[observer.Seen] = []
    path = f"{PATH}?key=secret-2&access_token=secret-3"
    async with (
        MockServer(gemini(), observer=told.append) as server,
        dialled(server, key="secret-1", path=path) as websocket,
    ):
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)

    assert told
    assert "secret" not in repr(told)


async def test_generate_content_is_served_on_the_same_port():
    async with MockServer(gemini(turns=("hello back",))) as server, httpx.AsyncClient(trust_env=False) as client:
        replied = await client.post(
            f"http://127.0.0.1:{server.port}/v1beta/models/gemini-2.5-flash:generateContent",
            headers={"x-goog-api-key": "good"},
            json={"contents": [{"parts": [{"text": "hello"}]}]},
        )

    assert replied.json()["candidates"][0]["content"]["parts"] == [{"text": "hello back"}]


async def test_generate_content_can_be_streamed():
    async with (
        MockServer(gemini(turns=("one two three four five",))) as server,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        replied = await client.post(
            f"http://127.0.0.1:{server.port}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            headers={"x-goog-api-key": "good"},
            json={"contents": [{"parts": [{"text": "hello"}]}]},
        )

    events = [json.loads(line.removeprefix("data: ")) for line in replied.text.splitlines() if line]
    parts = [event["candidates"][0]["content"]["parts"] for event in events]
    assert parts == [[{"text": "one two three four"}], [{"text": " five"}]]
