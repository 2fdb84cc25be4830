"""`@pytest.mark.deadair_virtual_time`: whose coroutines run on the virtual clock, and what is told where that is not possible."""

from __future__ import annotations

import pytest

# What a run inside of this one imports is forgotten after it, but for what was there before: it is to be there.
import harness.engines
import harness.pytest_plugin.playing  # noqa: F401

pytest_plugins = ["pytester"]

TESTS = """\
import asyncio
import random

import pytest
from hypothesis import given, settings, strategies

pytestmark = pytest.mark.deadair_virtual_time
DRAWN = []


async def test_a_day_passes_at_once():
    await asyncio.sleep(86_000)


@given(hours=strategies.integers(1, 20))
@settings(max_examples=5, database=None, deadline=None)
async def test_examples_are_run_too(hours):
    await asyncio.sleep(3600 * hours)
    assert asyncio.get_running_loop().time() == 3600 * hours


@pytest.mark.deadair_virtual_time(seed=7)
@pytest.mark.parametrize("time", [1, 2])
async def test_chance_is_drawn_from_the_seed(time):
    DRAWN.append(random.random())
    assert DRAWN == [DRAWN[0]] * time


async def test_what_waits_for_ever_is_told():
    await asyncio.Event().wait()


async def test_a_subprocess_is_refused():
    await asyncio.create_subprocess_exec("true")


def test_nothing_to_wait_for():
    pass


@pytest.mark.deadair_virtual_time(sed=7)
async def test_a_misspelt_mark():
    pass


@pytest.mark.deadair_virtual_time("seven")
async def test_a_mark_with_a_word():
    pass


async def test_a_scenario_is_no_part_of_it(deadair_play):
    deadair_play("x.scenario.yaml")
"""


def test_the_mark_decides_and_says_what_it_cannot(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)

    done = pytester.runpytest_inprocess("-q", "--strict-markers", "-pno:cacheprovider", "-pno:faker", "-pno:benchmark")

    done.assert_outcomes(passed=4, failed=6)
    for told in (
        "*nothing left to happen at t=0s; waiting: * in test_what_waits_for_ever_is_told",
        "E *errors.NotSimulated: another process lives on the real clock: *",
        "the mark deadair_virtual_time is for 'async def' tests, and this is none: leave it out",
        "the mark deadair_virtual_time takes a seed and nothing else: deadair_virtual_time(seed=7)",
        "E *deadair_play returns when the call is over, and would hold the loop of this test: use it in a plain 'def' test",
    ):
        done.stdout.fnmatch_lines([told])
