"""The mock as real clients meet it, over the network: websockets and httpx against the server."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from mock_servers.base.observer import Closed, Opened, ReadyTold, Received, Refused, Seen, Sent
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import (
    CloseConnection,
    FailResponse,
    GoAway,
    ProviderError,
    RefuseUpgrade,
    Stall,
    Unsupported,
)
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.deepgram.troubles import NET0001
from tests.support.deepgram_story import BYTES_PER_S, LINEAR16, deepgram, said, silence, speech, transcript

KEY = {"Authorization": "Token a-secret-key"}


def url(server: MockServer, query: dict[str, str] | None = None, path: str = "/v1/listen") -> str:
    return f"ws://127.0.0.1:{server.port}{path}?{urlencode({**LINEAR16, **(query or {})})}"


@asynccontextmanager
async def listening(query: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[ClientConnection]:
    async with (
        MockServer(deepgram(**settings)) as server,
        connect(url(server, query), additional_headers=KEY, ping_interval=None) as websocket,
    ):
        yield websocket


async def talk(websocket: ClientConnection, pcm: bytes, *, frame_s: float = 0.02, speed: float = 1.0) -> None:
    size = round(frame_s * BYTES_PER_S)
    for at in range(0, len(pcm), size):
        await asyncio.sleep(frame_s / speed)
        await websocket.send(pcm[at : at + size])


async def everything(websocket: ClientConnection) -> tuple[list[dict[str, Any]], ConnectionClosed]:
    """All messages until the connection is over, and how it ended."""
    messages = []
    try:
        while True:
            messages.append(json.loads(await websocket.recv()))
    except ConnectionClosed as closed:
        return messages, closed


async def refusal(server: MockServer, query: dict[str, str] | None = None, **options: Any) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        await connect(url(server, query), **{"additional_headers": KEY, **options})
    return refused.value


async def test_a_call_is_transcribed_and_closed_in_order():
    async with listening({"interim_results": "true", "endpointing": "300"}) as websocket:
        await talk(websocket, speech(0, 3) + silence(0.5))
        await websocket.send('{"type": "CloseStream"}')

        messages, closed = await everything(websocket)

    finals = [message for message in messages if message["type"] == "Results" and message["is_final"]]
    assert transcript(finals) == said(7, 0, 12)
    assert messages[-1]["type"] == "Metadata"
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (1000, "")


async def test_the_101_has_one_request_id_and_no_compression():
    async with listening() as websocket:
        assert websocket.response is not None
        headers = websocket.response.headers

        assert len(headers.get_all("dg-request-id")) == 1
        assert "sec-websocket-extensions" not in headers


async def test_a_key_in_the_subprotocol_is_answered_with_token():
    async with (
        MockServer(deepgram()) as server,
        connect(url(server), subprotocols=["token", "a-secret-key"]) as websocket,  # type: ignore[list-item]
    ):
        assert websocket.subprotocol == "token"


async def test_a_refusal_carries_the_vendors_headers_and_body():
    async with MockServer(deepgram()) as server:
        refused = await refusal(server, {"interim_results": "true", "utterance_end_ms": "999"})

    response = refused.response
    assert response.status_code == 400
    assert response.headers["dg-error"] == "Invalid 'utterance_end_ms' value of '999'."
    assert response.headers["content-length"] == "145"
    assert json.loads(response.body)["request_id"] == response.headers["dg-request-id"]


async def test_no_key_is_answered_with_401():
    async with MockServer(deepgram()) as server:
        refused = await refusal(server, additional_headers={})

    assert refused.response.status_code == 401


async def test_a_refusal_on_command_is_in_the_vendors_words():
    async with MockServer(deepgram()) as server:
        server.trouble(RefuseUpgrade(status=503, retry_after_s=3.0), on="next", times=1)

        refused = await refusal(server)

    assert refused.response.status_code == 503
    assert refused.response.headers["retry-after"] == "3"
    assert json.loads(refused.response.body)["err_msg"] == "Please try again later"


async def test_a_silent_client_sees_metadata_and_then_1011_after_twelve_seconds():
    loop = asyncio.get_running_loop()
    async with listening() as websocket:
        began = loop.time()
        messages, closed = await everything(websocket)

    assert [message["type"] for message in messages] == ["Metadata"]
    assert isinstance(closed, ConnectionClosedError)
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (1011, NET0001)
    assert loop.time() - began == pytest.approx(12.0, abs=0.1)


async def test_the_clients_sends_back_up_when_it_is_too_fast():
    loop = asyncio.get_running_loop()
    async with listening() as websocket:
        # Loopback would take the two minutes whole; out in the world sockets are smaller.
        websocket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(everything(websocket))
            await talk(websocket, speech(0, 120), frame_s=0.1, speed=1000)
            sent_after_s = loop.time() - began
            await websocket.send('{"type": "CloseStream"}')
        messages, _ = reader.result()
        took_s = loop.time() - began

    # What fits into the buffers between the two does not wait; the rest does.
    assert sent_after_s > 30
    assert took_s == pytest.approx(119 / 1.25, rel=0.05)
    assert transcript([m for m in messages if m["type"] == "Results" and m["is_final"]]) == said(7, 0, 480)


async def test_a_provider_error_on_command_reaches_the_client():
    async with (
        MockServer(deepgram()) as server,
        connect(url(server), additional_headers=KEY) as websocket,
    ):
        server.trouble(ProviderError(code="net0001"), on="live", times=1)

        messages, closed = await everything(websocket)

    assert [message["type"] for message in messages] == ["Metadata"]
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1011


async def test_a_trouble_that_deepgram_has_not_is_refused_before_anybody_is_connected():
    async with MockServer(deepgram()) as server:
        with pytest.raises(Unsupported, match="warns of no end"):
            server.trouble(GoAway(time_left_s=10.0))


async def test_a_dropped_client_frees_its_slot_after_the_settled_time():
    async with MockServer(deepgram(concurrent_max=1, stale_slot_s=5.0)) as server:
        websocket = await connect(url(server), additional_headers=KEY)
        websocket.transport.abort()
        await asyncio.sleep(1)
        refused = await refusal(server)

        await asyncio.sleep(5)
        async with connect(url(server), additional_headers=KEY):
            pass

    assert refused.response.status_code == 429


async def test_speech_over_rest_arrives_whole():
    async with (
        MockServer(deepgram()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        response = await client.post(
            "/v1/speak",
            params={"encoding": "linear16", "container": "none", "sample_rate": "16000"},
            json={"text": "hello there"},
            headers=KEY,
        )

    assert (response.status_code, response.headers["transfer-encoding"]) == (200, "chunked")
    assert response.headers["content-type"] == "audio/l16;rate=16000"
    assert response.content == coded(AGENT_STREAM, 0, 16_000)


async def test_the_whole_pipeline_runs_against_one_port():
    async with (
        MockServer(deepgram()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        async with connect(url(server), additional_headers=KEY) as websocket:
            await talk(websocket, speech(0, 1) + silence(0.5))
            heard = json.loads(await websocket.recv())["channel"]["alternatives"][0]["transcript"]
            reply = await client.post(
                "/v1beta/models/gemini-2.5-flash:generateContent",
                json={"contents": [{"role": "user", "parts": [{"text": heard}]}]},
                headers={"x-goog-api-key": "g-key"},
            )
            text = reply.json()["candidates"][0]["content"]["parts"][0]["text"]
        spoken = await client.post(
            "/v1/speak", params={"encoding": "linear16", "container": "none"}, json={"text": text}, headers=KEY
        )

    assert len(spoken.content) == len(text.split()) * 12_000


async def test_a_failing_response_on_command_reaches_the_caller():
    async with (
        MockServer(deepgram()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
        connect(url(server), additional_headers=KEY),
    ):
        server.trouble(FailResponse(code="speak:503"), on="live", times=1)

        statuses = [(await client.post("/v1/speak", json={"text": "hello"}, headers=KEY)).status_code for _ in range(2)]

    assert statuses == [503, 200]


async def test_speech_over_a_websocket_arrives_before_its_flushed():
    async with MockServer(deepgram()) as server:
        query = urlencode({"encoding": "linear16", "sample_rate": "16000"})
        address = f"ws://127.0.0.1:{server.port}/v1/speak?{query}"
        async with connect(address, additional_headers=KEY) as websocket:
            await websocket.recv()
            await websocket.send('{"type": "Speak", "text": "hello there"}')
            await websocket.send('{"type": "Flush"}')
            audio = b""
            while isinstance(message := await websocket.recv(), bytes):
                audio += message

    assert json.loads(message) == {"type": "Flushed", "sequence_id": 0}
    assert audio == coded(AGENT_STREAM, 0, 16_000)


async def test_observers_follow_a_connection_from_its_opening_to_its_close():
    seen: list[Seen] = []
    async with (
        MockServer(deepgram(), observer=seen.append) as server,
        connect(url(server), additional_headers=KEY) as websocket,
    ):
        await talk(websocket, speech(0, 0.5) + silence(0.1))
        await websocket.send('{"type": "CloseStream"}')
        await everything(websocket)

    story = [what for what in seen if not (isinstance(what, Received) and what.name == "Media")]
    kinds = [(type(what), getattr(what, "name", "")) for what in story][1:]
    assert kinds == [
        (Opened, ""), (ReadyTold, ""), (Sent, "Results"), (Received, "CloseStream"), (Sent, "Results"),
        (Sent, "Metadata"), (Closed, ""),
    ]  # fmt: skip
    assert b"".join(what.audio for what in seen if isinstance(what, Received)) == speech(0, 0.5) + silence(0.1)


async def test_no_observer_is_told_a_key():
    seen: list[Seen] = []
    async with MockServer(deepgram(), observer=seen.append) as server:
        async with connect(url(server), subprotocols=["token", "a-secret-key"]) as websocket:  # type: ignore[list-item]
            await websocket.send('{"type": "CloseStream"}')
            await everything(websocket)
        await refusal(server, {"model": "nova-9"})

    assert any(isinstance(what, Refused) for what in seen)
    assert "a-secret-key" not in repr(seen)


FLUX = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": "16000"}


async def test_every_path_is_served_on_one_port():
    upgrades = {
        "/v1/listen": LINEAR16, "/v2/listen": FLUX, "/v1/speak": {"model": "aura-2-thalia-en"},
        "/v2/speak": {"model": "flux-haley-en"},
    }  # fmt: skip
    async with (
        MockServer(deepgram()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        for path, query in upgrades.items():
            async with connect(
                f"ws://127.0.0.1:{server.port}{path}?{urlencode(query)}", additional_headers=KEY
            ) as websocket:
                assert websocket.response is not None
        spoken = await client.post("/v1/speak", json={"text": "hello"}, headers=KEY)
        nowhere = await client.get("/v1/projects", headers=KEY)

    assert spoken.status_code == 200
    assert (nowhere.status_code, nowhere.json()["err_code"]) == (404, "Not Found")


async def test_a_ping_is_answered_within_a_second_also_behind_a_flood():
    loop = asyncio.get_running_loop()
    async with listening() as websocket:
        await websocket.send(speech(0, 1))
        began = loop.time()

        await (await websocket.ping())

    assert loop.time() - began < 1.0


async def test_a_close_is_answered_within_a_second():
    loop = asyncio.get_running_loop()
    async with listening() as websocket:
        await talk(websocket, speech(0, 1))
        began = loop.time()
        await websocket.close()

    assert loop.time() - began < 1.0


async def test_connections_of_one_session_are_linked_in_the_ledger():
    session = {**KEY, "x-deepgram-session-id": "7b3c"}
    async with MockServer(deepgram()) as server:
        for position in (0, 2):
            async with connect(url(server), additional_headers=session) as websocket:
                await talk(websocket, speech(position, position + 1) + silence(0.2))
                first = json.loads(await websocket.recv())
                assert first["start"] == 0.0
                await websocket.send('{"type":"CloseStream"}')
                await everything(websocket)
        accounts = server.ledger.linked("7b3c")

        assert [account.connection for account in accounts] == [1, 2]
        assert [server.ledger.cursors(account.connection).finalised_s for account in accounts] == [
            pytest.approx(1.2, abs=1e-3)
        ] * 2


async def test_what_was_not_finalised_when_the_connection_broke_is_in_the_ledger():
    async with MockServer(deepgram()) as server:
        websocket = await connect(url(server, {"endpointing": "300"}), additional_headers=KEY)
        await talk(websocket, speech(0, 1) + silence(0.31) + speech(1, 3))
        websocket.transport.abort()
        await asyncio.sleep(0.1)
        cursors = server.ledger.cursors(1)

    assert cursors.received_s == pytest.approx(3.31, abs=0.03)
    assert cursors.finalised_s == pytest.approx(1.3, abs=1e-3)


async def test_faults_are_ordered_by_the_number_of_a_connection():
    async with MockServer(deepgram()) as server:
        server.trouble(CloseConnection(code=1011, reason="out of order"), on=1, times=1)
        server.trouble(RefuseUpgrade(status=503), on=2)
        late = server.trouble(Stall(phase="tcp"), on=3)
        async with connect(url(server, {"tag": "a-run"}), additional_headers=KEY) as websocket:
            _, closed = await everything(websocket)
        refused = await refusal(server, {"tag": "a-run"})
        asyncio.get_running_loop().call_later(0.8, late.lift_now)
        began = asyncio.get_running_loop().time()
        async with connect(url(server, {"tag": "a-run"}), additional_headers=KEY):
            took_s = asyncio.get_running_loop().time() - began
        linked = server.ledger.linked("a-run")

    assert closed.rcvd is not None
    assert (closed.rcvd.code, refused.response.status_code) == (1011, 503)
    assert took_s == pytest.approx(0.8, abs=0.05)
    assert [account.connection for account in linked] == [1, 2, 3]


async def test_flux_ends_without_a_status():
    async with (
        MockServer(deepgram()) as server,
        connect(f"ws://127.0.0.1:{server.port}/v2/listen?{urlencode(FLUX)}", additional_headers=KEY) as websocket,
    ):
        await talk(websocket, speech(0, 1) + silence(0.5))
        await websocket.send('{"type": "CloseStream"}')

        messages, closed = await everything(websocket)

    assert [message["sequence_id"] for message in messages] == list(range(len(messages)))
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1005


async def test_a_token_is_granted_and_taken_while_it_lives():
    async with (
        MockServer(deepgram()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        granted = (await client.post("/v1/auth/grant", json={"ttl_seconds": 10}, headers=KEY)).json()
        key = {"Authorization": f"bearer {granted['access_token']}"}
        async with connect(url(server), additional_headers=key):
            await asyncio.sleep(11)
        refused = await refusal(server, additional_headers=key)

    assert refused.response.status_code == 401
