"""A client that is a program, as the runner holds it: what it is asked, and how it goes."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harness.clients.child_protocol import Asked
from harness.clients.client import Endpoints
from harness.clients.command import READS_WITHIN_S, CommandClient

# A program has its own time.
pytestmark = pytest.mark.real_time

SLOW_TO_HANG_UP = f"""
import json, sys, time
print(json.dumps({{"event": "run.connecting"}}), flush=True)
for line in sys.stdin:
    if json.loads(line)["do"] == "disconnect":
        time.sleep({READS_WITHIN_S} + 0.5)
        print(json.dumps({{"event": "run.disconnected"}}), flush=True)
"""

GONE = """
import json
print(json.dumps({"event": "run.connecting"}), flush=True)
"""

FRAME = bytes(960)
FRAME_S = 0.02


@asynccontextmanager
async def program(text: str) -> AsyncIterator[CommandClient]:
    client = CommandClient(
        (sys.executable, "-c", text),
        asked=Asked(provider="openai-realtime", session={}, script=None, seconds=10.0, sample_rate_hz=24_000),
        endpoints=Endpoints(urls={"session": "ws://127.0.0.1:9/v1"}),
        agent_sample_rate_hz=24_000,
    )
    await client.start()
    reading = asyncio.create_task(_read(client))
    try:
        yield client
    finally:
        assert await client.aclose() == ""
        await reading


async def _read(client: CommandClient) -> None:
    async for _ in client.events():
        pass


async def test_one_that_is_slow_to_hang_up_is_not_ended_for_speech_that_it_leaves_unread():
    async with program(SLOW_TO_HANG_UP) as client:
        hanging_up = asyncio.create_task(client.disconnect())
        while not hanging_up.done():
            await client.send_audio(FRAME)
            await asyncio.sleep(FRAME_S)
        await hanging_up

        assert client.crashed == ""
        assert client.state == "disconnected"


async def test_speech_for_one_that_has_gone_fails_each_time_and_fills_no_log(caplog: pytest.LogCaptureFixture):
    failed = 0
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        async with program(GONE) as client:
            for _ in range(50):
                try:
                    await client.send_audio(FRAME)
                except OSError:
                    failed += 1
                await asyncio.sleep(FRAME_S)

    assert failed > 10
    assert caplog.records == []
