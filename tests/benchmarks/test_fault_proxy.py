"""What the embedded fault proxy costs: round trips and bytes through it, beside a direct connection, in one run."""

from __future__ import annotations

import asyncio

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from harness.engines.real_time import RealTime
from harness.faults import EmbeddedServer, ToxicSpec

ROUND_TRIPS = 200
BULK_BYTES = 8_000_000
# 20 ms of 16-bit mono at 16 kHz.
FRAME = bytes(640)

THROUGH = ["direct", "embedded", "embedded, two toxics"]


class _Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(data)


async def _measured(through: str, *, bulk: bool) -> float:
    """How long the traffic takes, in seconds, without the setting up."""
    loop = asyncio.get_running_loop()
    echo = await loop.create_server(_Echo, "127.0.0.1", 0)
    host, port = echo.sockets[0].getsockname()[:2]
    server = EmbeddedServer()
    if through != "direct":
        proxy = await server.create("bench", (host, port))
        host, port = proxy.listen
        if through != "embedded":
            await proxy.add_toxic(ToxicSpec(name="up", type="noop", stream="upstream", attributes={}))
            await proxy.add_toxic(ToxicSpec(name="down", type="noop", stream="downstream", attributes={}))
    reader, writer = await asyncio.open_connection(host, port)
    began = loop.time()
    if bulk:
        writer.write(bytes(BULK_BYTES))
        await reader.readexactly(BULK_BYTES)
    else:
        for _ in range(ROUND_TRIPS):
            writer.write(FRAME)
            await reader.readexactly(len(FRAME))
    lasted = loop.time() - began
    writer.close()
    await server.aclose()
    echo.close()
    await asyncio.sleep(0)
    return lasted


@pytest.mark.benchmark(group=f"{ROUND_TRIPS} echoes of a 20 ms frame, with connecting")
@pytest.mark.parametrize("through", THROUGH)
def test_round_trips(benchmark: BenchmarkFixture, through: str) -> None:
    lasted = benchmark(lambda: RealTime().run(lambda: _measured(through, bulk=False)))

    benchmark.extra_info["round_trip_us"] = lasted / ROUND_TRIPS * 1e6
    assert 0 < lasted < 5


@pytest.mark.benchmark(group=f"{BULK_BYTES // 1_000_000} MB there and back, with connecting")
@pytest.mark.parametrize("through", THROUGH)
def test_bulk(benchmark: BenchmarkFixture, through: str) -> None:
    lasted = benchmark(lambda: RealTime().run(lambda: _measured(through, bulk=True)))

    benchmark.extra_info["megabytes_per_s"] = BULK_BYTES / 1e6 / lasted
    assert 0 < lasted < 20
