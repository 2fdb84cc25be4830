"""The yardstick: how long this host takes for a bare round trip just now, whoever is being tested."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

__all__ = ["YARDSTICK", "beside", "round_trip_us"]

YARDSTICK = "yardstick.json"
"""What a run folder has of it."""

SAMPLES_BESIDE = 20
"""Half of them before, half afterwards; together some tenths of a second."""

ROUND_TRIPS = 21
"""Their median is one sample: a single one may have met anything."""

ROUND_TRIP_WITHIN_S = 10.0


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Measures before the block and after it, and writes that into `folder`, which exists. What could not be measured or
    written is left out: a comparison then says that there is no yardstick."""
    before_us = _samples()
    yield
    told = {"deadair_yardstick": 1, "round_trip_us": [*before_us, *_samples()]}
    try:
        (folder / YARDSTICK).write_text(json.dumps(told) + "\n", encoding="utf-8")
    except OSError:
        pass


def _samples() -> list[int]:
    async def measured() -> list[int]:
        return [await round_trip_us() for _ in range(SAMPLES_BESIDE // 2)]

    try:
        return asyncio.run(measured())
    except (OSError, TimeoutError):
        return []


async def round_trip_us() -> int:
    """Connect over loopback, have a byte echoed, and hang up: the median of several, in microseconds; at least 1."""
    server = await asyncio.start_server(_echo, host="127.0.0.1", port=0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        took_s = [await _round_trip_s(host, port) for _ in range(ROUND_TRIPS)]
    finally:
        server.close()
        await server.wait_closed()
    return max(1, round(median(took_s) * 1e6))


async def _round_trip_s(host: str, port: int) -> float:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with asyncio.timeout(ROUND_TRIP_WITHIN_S):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b".")
            await reader.readexactly(1)
            took_s = loop.time() - began_s
        finally:
            writer.close()
            await writer.wait_closed()
    return took_s


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(await reader.read(1))
        await writer.drain()
        await reader.read()
    finally:
        writer.close()
