"""The mock on its port, as a WebSocket client meets it."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mock_servers.base import observer
from mock_servers.base.server import MockServer
from mock_servers.base.tls import certificate_for
from mock_servers.base.trouble import DelayPongs, GoAway, MutePings, Quota, RefuseResume, RefuseUpgrade, Stall
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


# The real lengths of things, which cost nothing on the virtual clock.


async def test_a_connection_is_warned_at_540_seconds_and_aborted_50_8_seconds_later():
    loop = asyncio.get_running_loop()
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        opened_s = loop.time()
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        warning = await heard(websocket)
        warned_s = loop.time()
        code, _ = await ending(websocket)

    assert warning == {"goAway": {"timeLeft": "50s"}}
    assert warned_s - opened_s == pytest.approx(540.0, abs=0.01)
    assert loop.time() - warned_s == pytest.approx(50.8, abs=0.01)
    assert code == 1008


async def test_a_client_that_closes_in_time_is_answered_in_kind():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        await websocket.close(1000, "")

        assert (websocket.protocol.close_rcvd.code, websocket.protocol.close_rcvd.reason) == (1000, "")


async def test_the_servers_observer_learns_how_a_connection_was_closed():
    told: list[observer.Seen] = []
    async with MockServer(gemini(), observer=told.append) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        await websocket.close(1000, "bye")

    (closed,) = [seen for seen in told if isinstance(seen, observer.Closed)]
    assert (closed.code, closed.reason, closed.by) == (1000, "bye", "client")


async def test_pongs_can_be_as_late_as_they_were_measured():
    loop = asyncio.get_running_loop()
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        waits_s = []
        for late_s in (0.0, 8.0, 30.0):
            handle = server.trouble(DelayPongs(delay_s=late_s), on="live")
            sent_s = loop.time()
            await (await websocket.ping())
            waits_s.append(loop.time() - sent_s)
            handle.lift_now()

    assert waits_s == pytest.approx([0.0, 8.0, 30.0], abs=0.01)


async def test_a_client_whose_pings_are_never_answered_goes_by_itself():
    async with MockServer(gemini()) as server:
        server.trouble(MutePings(), on="all")
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))
            await heard(websocket)
            opened_s = asyncio.get_running_loop().time()
            await ending(websocket)

    # The defaults of `websockets`, which the SDK keeps: a ping after 20 s, 20 s for its pong.
    assert asyncio.get_running_loop().time() - opened_s >= 39.0


async def test_no_server_ping_comes_in_an_hour():
    async with MockServer(gemini(connection_s=7200.0)) as server, dialled(server) as websocket:
        setup = {"setup": {"model": MODEL, "contextWindowCompression": {}}}
        await websocket.send(json.dumps(setup))
        await heard(websocket)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(websocket.recv(), 3600.0)


async def test_no_extension_is_agreed_to():
    async with MockServer(gemini()) as server, dialled(server) as websocket:
        offered = websocket.request.headers["Sec-WebSocket-Extensions"]

        assert "permessage-deflate" in offered
        assert "Sec-WebSocket-Extensions" not in websocket.response.headers


async def test_a_minute_of_audio_goes_out_on_the_beat():
    words = " ".join(["word"] * 240)
    loop = asyncio.get_running_loop()
    async with MockServer(gemini(turns=(words,), audio_pace=1.0)) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await heard(websocket)
        await websocket.send(json.dumps(HELLO))
        position, began_s, drift_s = 0, 0.0, 0.0
        while position < 60 * 48_000:
            content = (await heard(websocket)).get("serverContent", {})
            if "modelTurn" not in content:
                continue
            began_s = began_s or loop.time()
            drift_s = max(drift_s, abs(loop.time() - began_s - position / 48_000))
            position += len(base64.b64decode(content["modelTurn"]["parts"][0]["inlineData"]["data"]))

    assert drift_s < 0.001


async def test_every_frame_is_far_below_the_limit_of_the_sdk():
    words = " ".join(["word"] * 240)
    sizes = []
    async with MockServer(gemini(turns=(words,))) as server, dialled(server) as websocket:
        await websocket.send(json.dumps(SETUP))
        await websocket.send(json.dumps(HELLO))
        while b"turnComplete" not in (frame := await websocket.recv(decode=False)):
            sizes.append(len(frame))

    assert max(sizes) < 20_000


# TLS, as the SDK wants it.


@pytest.mark.real_time
async def test_the_server_speaks_tls_for_its_address():
    """On the real clock: TLS is spoken by OpenSSL over real sockets here, and the certificate names 127.0.0.1."""
    settings, authority = certificate_for("127.0.0.1", "localhost")
    trusting = ssl.create_default_context(cadata=authority.decode())
    async with MockServer(gemini(), tls=settings) as server:
        uri = f"wss://127.0.0.1:{server.port}{PATH}"
        async with connect(uri, ssl=trusting, additional_headers={"x-goog-api-key": "good"}, proxy=None) as websocket:
            await websocket.send(json.dumps(SETUP))

            assert await heard(websocket) == {"setupComplete": {}}


# Many at once.


async def test_neighbours_do_not_disturb_each_other():
    async def one(server: MockServer, number: int) -> tuple[int, str]:
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))
            await heard(websocket)
            if number % 2:
                await websocket.send("nonsense")
                return (await ending(websocket))[0], ""
            await websocket.send(json.dumps(HELLO))
            await heard_until(websocket, "serverContent", "turnComplete")
            update = await heard_until(websocket, "sessionResumptionUpdate", "newHandle")
            return 0, str(update["newHandle"])

    async with MockServer(gemini()) as server:
        outcomes = await asyncio.gather(*(one(server, number) for number in range(50)))

    assert [code for code, _ in outcomes] == [0, 1007] * 25
    assert len({handle for _, handle in outcomes if handle}) == 25


async def test_the_ledger_tells_how_far_the_callers_audio_came():
    async with MockServer(gemini()) as server:
        async with dialled(server) as websocket:
            await websocket.send(json.dumps(SETUP))
            await heard(websocket)
            blob = {"mimeType": "audio/pcm;rate=16000", "data": base64.b64encode(b"\x00\x40" * 16_000).decode()}
            await websocket.send(json.dumps({"realtimeInput": {"audio": blob}}))
            await (await websocket.ping())
        account = server.ledger[1]

    assert account.cursors_at_the_end is not None
    assert account.cursors_at_the_end.received_s == 1.0
    assert account.cursors_at_the_end.finalised_s == 0.0
    assert [entry.name for entry in account.messages][:3] == ["setup", "setupComplete", "realtimeInput"]


async def test_an_upgrade_with_a_spent_token_is_answered_and_then_ended():
    async with MockServer(gemini()) as server, httpx.AsyncClient(trust_env=False) as client:
        made = await client.post(
            f"http://127.0.0.1:{server.port}/v1alpha/auth_tokens", headers={"x-goog-api-key": "good"}, json={"uses": 1}
        )
        name = made.json()["name"]
        path = PATH.replace("v1beta", "v1alpha") + "Constrained"
        endings = []
        for _ in range(2):
            async with dialled(server, key=name, path=path) as websocket:
                await websocket.send(json.dumps(SETUP))
                try:
                    await heard(websocket)
                    endings.append(0)
                except ConnectionClosed:
                    endings.append(websocket.close_code)

    assert endings == [0, 1008]
