"""The gate for times, against itself: a short version of `python -m tests.load.gate`, which compares thousands."""

from __future__ import annotations

import pytest

from harness.regression.gate import Pair, Standing, seen_from_us, weighed, yardstick_drift
from tests.load.gate import FOUND_MIN, NOISES, Noise, compared

STEADY = [1_000_000 + 500 * number for number in range(20)]


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_a_version_compared_with_itself_raises_no_alarm(noise: Noise) -> None:
    # 60 fixed comparisons of 12 times each, so at most one alarm in many thousands of such tests was to be expected.
    assert compared(noise, 60).alarms == 0


@pytest.mark.parametrize("noise", [each for each in NOISES if each.slowdown_is_findable], ids=lambda noise: noise.name)
def test_a_slowdown_of_ten_percent_is_found(noise: Noise) -> None:
    told = compared(noise, 60, slower=1.10)

    assert told.found / told.comparisons >= FOUND_MIN


def test_a_gate_that_never_fires_would_be_noticed() -> None:
    assert compared(NOISES[0], 5, slower=1.2).found == 5


def test_the_smallest_slowdown_that_is_seen_is_seen() -> None:
    least_us = seen_from_us(Pair(base=STEADY, new=STEADY), tests=1)
    assert least_us is not None

    measured, _ = weighed([Pair(base=STEADY, new=[each + least_us for each in STEADY])])

    assert measured[0].standing is Standing.SLOWER


def test_a_little_less_than_that_is_not() -> None:
    least_us = seen_from_us(Pair(base=STEADY, new=STEADY), tests=1)
    assert least_us is not None

    measured, _ = weighed([Pair(base=STEADY, new=[each + 0.99 * least_us for each in STEADY])])

    assert measured[0].standing is Standing.SAME


def test_the_more_is_tested_at_once_the_more_it_takes() -> None:
    wide = [1_000_000 + 20_000 * number for number in range(20)]
    pair = Pair(base=wide, new=wide)

    assert (seen_from_us(pair, tests=100) or 0) > (seen_from_us(pair, tests=1) or 0)


def test_samples_of_nothing_at_all_are_called_neither() -> None:
    measured, _ = weighed([Pair(base=[0] * 20, new=[0] * 20), Pair(base=[0] * 20, new=[5_000] * 20)])

    assert {each.standing for each in measured} == {Standing.SAME}


def test_a_yardstick_of_too_few_samples_says_nothing() -> None:
    assert yardstick_drift([300] * 19, [300] * 20) is None


def test_a_yardstick_that_moved_is_noticed_in_either_direction() -> None:
    slow = [3 * each for each in STEADY]

    assert yardstick_drift(STEADY, slow) is True
    assert yardstick_drift(slow, STEADY) is True
