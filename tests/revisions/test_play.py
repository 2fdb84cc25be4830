"""Playing in turns, and the yardstick between."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.regression.gathered import yardstick_in
from harness.revisions import beside, round_trip_us
from harness.revisions.play import rounds


def test_two_versions_take_turns_so_that_neither_is_always_the_second() -> None:
    assert list(rounds(2, 4)) == [0, 1, 1, 0, 0, 1, 1, 0]


def test_one_version_is_played_as_often_as_is_asked() -> None:
    assert list(rounds(1, 3)) == [0, 0, 0]


@pytest.mark.real_time  # what is measured is this very host
async def test_the_yardstick_is_a_bare_round_trip() -> None:
    assert 1 <= await round_trip_us() < 10_000_000


@pytest.mark.real_time  # it runs a loop of its own, before and after
def test_a_run_folder_gets_twenty_samples(tmp_path: Path) -> None:
    with beside(tmp_path):
        assert not yardstick_in(tmp_path)

    assert len(yardstick_in(tmp_path)) == 20


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"round_trip_us": 7}', '{"round_trip_us": [true, -1, "x"]}', "\udcff", "[" * 9999]
)
def test_a_yardstick_that_was_spoilt_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "yardstick.json").write_bytes(text.encode(errors="surrogateescape"))

    assert yardstick_in(tmp_path) == ()


async def test_on_the_virtual_clock_it_takes_what_the_link_takes() -> None:
    assert await round_trip_us() < 10_000
