"""How much work a virtual wait is: a ladder of 31 s, beside as many bare rounds of asyncio's own loop.

The second is the yardstick: it makes figures from two machines, or two days, comparable.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect

from harness.engines import LinkProfile, VirtualTime

LADDER_S = (1, 2, 4, 8, 16)


async def ladder() -> float:
    """Five waits of 31 s in all, an attempt before each and one after the last, all of them refused."""
    for wait_s in LADDER_S:
        await _refused()
        await asyncio.sleep(wait_s)
    await _refused()
    return asyncio.get_running_loop().time()


async def _refused() -> None:
    try:
        await connect("ws://127.0.0.1:9")
    except ConnectionRefusedError:
        return
    raise AssertionError("nobody listens there")


async def steps(count: int) -> int:
    """So many rounds of the loop, each of one callback."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()

    def step(left: int) -> None:
        if left == 0:
            done.set_result(count)
        else:
            loop.call_soon(step, left - 1)

    loop.call_soon(step, count)
    return await done


def rounds_of_the_ladder() -> int:
    rounds = 0

    async def counted() -> None:
        nonlocal rounds
        loop: Any = asyncio.get_running_loop()
        before = loop.steps_left
        await ladder()
        rounds = before - loop.steps_left

    VirtualTime().run(counted)
    return rounds


@pytest.mark.benchmark(group="virtual time")
def test_the_ladder_of_31_seconds(benchmark: Any) -> None:
    engine = VirtualTime(link=LinkProfile(latency_s=0.0001, jitter_s=0))

    took_s = benchmark(lambda: engine.run(ladder))

    assert took_s == pytest.approx(31 + 6 * 0.0002)


@pytest.mark.benchmark(group="virtual time")
def test_as_many_rounds_of_a_bare_loop(benchmark: Any) -> None:
    rounds = rounds_of_the_ladder()

    assert benchmark(lambda: asyncio.run(steps(rounds))) == rounds
