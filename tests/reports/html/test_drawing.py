from __future__ import annotations

from itertools import pairwise

import pytest

from harness.reports.exhibit import Lane, Mark, Timeline
from harness.reports.html.drawing import DrawnLane, drawing, ticks
from harness.reports.html.sizes import WIDTH

LASTED_US = 10_000_000


def drawn(name: str, *marks: Mark, lasted_us: int = LASTED_US) -> DrawnLane:
    (lane,) = drawing(Timeline(lasted_us=lasted_us, lanes=(Lane(name=name, marks=marks),))).lanes
    return lane


def span(from_s: float, to_s: float, label: str = "") -> Mark:
    return Mark(from_us=round(from_s * 1e6), to_us=round(to_s * 1e6), label=label)


def test_the_whole_run_is_as_wide_as_the_sheet() -> None:
    (shape,) = drawn("state", span(0, 10)).shapes

    assert (shape.x, shape.width) == (0, WIDTH)


def test_what_lasts_for_an_instant_can_still_be_seen() -> None:
    (shape,) = drawn("connections", span(5, 5)).shapes

    assert (shape.x, shape.width) == (WIDTH // 2, 3)


def test_connections_that_overlap_stand_below_each_other() -> None:
    assert [shape.row for shape in drawn("connections", span(0, 5), span(4, 8), span(6, 9)).shapes] == [0, 1, 0]


def test_more_overlaps_than_there_are_rows_are_drawn_over_each_other() -> None:
    lane = drawn("connections", *[span(0, 10) for _ in range(40)])

    assert lane.rows == 4
    assert len(lane.shapes) == 40


@pytest.mark.parametrize(
    ("mark", "place"),
    [(span(0, 5, "active"), "inside"), (span(0, 0.01, "#1"), "beside"), (span(9.99, 10, "a long label"), "")],
)
def test_a_label_stands_where_there_is_room(mark: Mark, place: str) -> None:
    assert drawn("connections", mark).shapes[0].label_at == place


def test_labels_beside_their_bars_do_not_run_into_the_next_ones() -> None:
    lane = drawn("connections", *[span(at / 10, at / 10 + 0.01, f"#{at} → refused") for at in range(0, 90, 5)])

    for row in range(lane.rows):
        labelled = [shape for shape in lane.shapes if shape.row == row and shape.label_at]
        assert all(left.x + 6 * len(left.mark.label) <= right.x for left, right in pairwise(labelled))


def test_streams_of_messages_stand_below_the_moments() -> None:
    stream = Mark(from_us=0, to_us=9_000_000, count=90, label="Media ×90")

    assert [shape.row for shape in drawn("client", Mark(from_us=1), stream).shapes] == [0, 1]


def test_what_was_lost_lies_on_the_speech_and_is_said_below_it() -> None:
    lost = Mark(from_us=2_000_000, to_us=3_000_000, tone="lost", label="1 s lost")
    lane = drawn("caller", Mark(from_us=1_000_000, to_us=5_000_000, tone="speech", label="4 s"), lost)

    assert [(shape.row, shape.label_at) for shape in lane.shapes] == [(0, "inside"), (0, "below")]
    assert lane.rows == 2


def test_a_run_that_took_no_time_is_drawn() -> None:
    assert drawn("state", Mark(from_us=0, to_us=0), lasted_us=0).shapes[0].x == 0
    assert ticks(0) == (0,)


@pytest.mark.parametrize("lasted_us", [4, 999, 1_000_000, 9_300_000, 32_600_000, 3_600_000_000])
def test_the_axis_has_between_four_and_eleven_ticks_in_round_steps(lasted_us: int) -> None:
    found = ticks(lasted_us)

    assert 4 <= len(found) <= 11
    assert found[-1] <= lasted_us
    assert str(found[1]).rstrip("0") in ("1", "2", "5")
