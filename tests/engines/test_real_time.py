"""The engine of the real clock. All of it runs on that clock: it is what is under test."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest

from harness.engines import NotSimulated, RealTime


def test_a_run_gives_what_its_program_returns() -> None:
    async def main() -> int:
        return 42

    assert RealTime().run(main) == 42


def test_time_passes() -> None:
    began_s = time.monotonic()

    RealTime().run(lambda: asyncio.sleep(0.05))

    assert time.monotonic() - began_s >= 0.05


def test_equal_seeds_draw_equally_from_the_global_random() -> None:
    async def draw() -> float:
        return random.random()

    assert RealTime().run(draw, seed=3) == RealTime().run(draw, seed=3) != RealTime().run(draw, seed=4)


@pytest.mark.parametrize("fails", [False, True])
def test_the_global_random_is_put_back(fails: bool) -> None:
    async def main() -> None:
        random.random()
        if fails:
            raise ZeroDivisionError

    before = random.getstate()
    try:
        RealTime().run(main)
    except ZeroDivisionError:
        pass

    assert random.getstate() == before


def test_tasks_that_were_left_behind_are_cancelled() -> None:
    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        return task

    assert RealTime().run(main).cancelled()


def test_a_name_cannot_be_claimed_and_the_error_says_what_to_do() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.claim_name("api.openai.com", 443, ("127.0.0.1", 4000))

    with pytest.raises(
        NotSimulated, match=r"Give the client the address 127\.0\.0\.1:4000, or run with '--clock virtual'"
    ):
        RealTime().run(main)
