"""Playing in turns, and the yardstick between."""

from __future__ import annotations

import pytest

from harness.revisions import round_trip_us
from harness.revisions.play import rounds


def test_two_versions_take_turns_so_that_neither_is_always_the_second() -> None:
    assert list(rounds(2, 4)) == [0, 1, 1, 0, 0, 1, 1, 0]


def test_one_version_is_played_as_often_as_is_asked() -> None:
    assert list(rounds(1, 3)) == [0, 0, 0]


@pytest.mark.real_time  # what is measured is this very host
async def test_the_yardstick_is_a_bare_round_trip() -> None:
    assert 1 <= await round_trip_us() < 10_000_000


async def test_on_the_virtual_clock_it_takes_what_the_link_takes() -> None:
    assert await round_trip_us() < 10_000
