"""`deadair_mock` and `deadair_proxy`: what a test of a user's own client borrows, on the loop that runs."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import websockets

from harness.errors import DeadairError
from harness.pytest_plugin.mock import MockMaker
from harness.pytest_plugin.proxy import ProxyMaker
from harness.scenario import LoadError

KEY = {"Authorization": "Token any"}
LISTEN = "?model=nova-3&encoding=linear16&sample_rate=16000"


def listening(url: str) -> AbstractAsyncContextManager[Any]:
    return websockets.connect(url + LISTEN, additional_headers=KEY)


async def said_goodbye(socket: Any) -> tuple[int, str]:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await asyncio.wait_for(socket.recv(), 60)
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_mock_answers_where_its_address_says(deadair_mock: MockMaker):
    async with (
        deadair_mock("openai-realtime") as mock,
        websockets.connect(
            mock.url + "?model=gpt-realtime", additional_headers={"Authorization": "Bearer x"}
        ) as socket,
    ):
        first = json.loads(await socket.recv())

    assert first["type"] == "session.created"


# Both loops are promised: what is served on the virtual one is served on the machine's own.
@pytest.mark.real_time
async def test_it_serves_on_the_real_clock_too(deadair_mock: MockMaker, deadair_proxy: ProxyMaker):
    async with (
        deadair_mock("deepgram") as mock,
        deadair_proxy(mock.address) as proxy,
        listening(proxy.url(mock.url)) as socket,
    ):
        mock.do({"close": 1011, "reason": "bye"})

        assert await said_goodbye(socket) == (1011, "bye")


async def test_a_mock_is_gone_after_its_block(deadair_mock: MockMaker):
    async with deadair_mock("deepgram") as mock:
        pass

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*mock.address)


async def test_trouble_is_ordered_in_the_words_of_a_scenario(deadair_mock: MockMaker):
    async with deadair_mock("deepgram") as mock:
        refused = mock.do({"http": 503}, times=1)
        with pytest.raises(websockets.InvalidStatus) as raised:
            async with listening(mock.url):
                pass
        async with listening(mock.url):
            pass

    assert raised.value.response.status_code == 503
    assert refused.hits == 1


async def test_lasting_trouble_is_lifted(deadair_mock: MockMaker):
    async with deadair_mock("deepgram") as mock:
        trouble = mock.do({"http": 503})
        await trouble.lift()

        async with listening(mock.url) as socket:
            assert socket.state is websockets.State.OPEN


async def test_the_ledger_outlives_the_mock(deadair_mock: MockMaker):
    async with deadair_mock("deepgram") as mock, listening(mock.url) as socket:
        await socket.send(b"\0" * 32_000)
        await socket.send(json.dumps({"type": "CloseStream"}))
        async for _ in socket:
            pass

    (account,) = mock.ledger
    assert account.audio_s["client"] == 1.0
    assert account.counted["client.CloseStream"] == 1


async def test_a_setting_of_the_mock_is_a_keyword(deadair_mock: MockMaker):
    with pytest.raises(DeadairError, match="no setting 'sesion_cap_s'"):
        async with deadair_mock("deepgram", sesion_cap_s=5):
            pass


async def test_a_provider_that_nobody_knows_is_told_with_those_that_there_are(deadair_mock: MockMaker):
    provider: Any = "deepgramm"
    with pytest.raises(DeadairError, match=r"'deepgramm' is none of: .* did you mean 'deepgram'"):
        async with deadair_mock(provider):
            pass


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("reset", "is done to TCP: ask a proxy"),
        ({"latency": "1s"}, "is done to TCP: ask a proxy"),
        ({"go_away": "1s"}, "deepgram has no 'go_away'"),
        ({"close": 99}, "close"),
        ({"colse": 1011}, r"there is no action 'colse'(.|\n)*did you mean 'close'"),
        ({}, "do:1:1"),
        ("", "do:1:1"),
        ({"send": {"type": object()}}, "these values cannot stand in a scenario"),
        ({"tls": "expired"}, "cannot be done"),
    ],
)
async def test_trouble_that_a_mock_does_not_make_is_told(deadair_mock: MockMaker, said: Any, words: str):
    async with deadair_mock("deepgram") as mock:
        with pytest.raises(DeadairError, match=words):
            mock.do(said)


# ── the fault proxy ──────────────────────────────────────────────────────────


async def test_a_reset_reaches_the_client(deadair_mock: MockMaker, deadair_proxy: ProxyMaker):
    async with deadair_mock("deepgram") as mock, deadair_proxy(mock.address) as proxy:
        reader, writer = await asyncio.open_connection(*proxy.address)
        await asyncio.sleep(1)
        await proxy.do("reset")

        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_a_toxic_lasts_as_long_as_its_block(deadair_mock: MockMaker, deadair_proxy: ProxyMaker):
    async def round_trip_s(socket: Any) -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await (await socket.ping())
        return loop.time() - began

    async with (
        deadair_mock("deepgram") as mock,
        deadair_proxy(mock.address) as proxy,
        listening(proxy.url(mock.url)) as socket,
    ):
        async with proxy.during({"latency": "400ms", "stream": "down"}):
            slow_s = await round_trip_s(socket)
        quick_s = await round_trip_s(socket)

    assert slow_s == pytest.approx(0.4 + quick_s, abs=0.002)


@pytest.mark.parametrize("said", ["down", "refuse"])
async def test_a_provider_that_is_gone_comes_back(deadair_mock: MockMaker, deadair_proxy: ProxyMaker, said: str):
    async with deadair_mock("deepgram") as mock, deadair_proxy(mock.address) as proxy:
        async with proxy.during(said):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*proxy.address)

        _, writer = await asyncio.open_connection(*proxy.address)
        writer.close()


async def test_what_a_provider_does_is_not_asked_of_a_proxy(deadair_proxy: ProxyMaker):
    async with deadair_proxy(("127.0.0.1", 9)) as proxy:
        with pytest.raises(DeadairError, match=r"ask its mock, 'mock.do\(\{'close': 1011\}\)'"):
            await proxy.do({"close": 1011})


async def test_a_misspelt_toxic_is_told_with_its_neighbour(deadair_proxy: ProxyMaker):
    async with deadair_proxy(("127.0.0.1", 9)) as proxy:
        with pytest.raises(LoadError, match="did you mean 'latency'"):
            await proxy.do({"latancy": "3s"})
