"""Two columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.regression.aligned import Row, aligned

WORDS = st.lists(st.sampled_from("abcd"), max_size=30)


def test_what_is_the_same_stands_side_by_side() -> None:
    assert aligned("abd", "acd") == (
        Row(base="a", new="a"),
        Row(base="b", new="c", first=True),
        Row(base="d", new="d"),
    )


def test_what_one_side_has_not_is_empty_there() -> None:
    assert aligned("ab", "a")[1] == Row(base="b", new="", first=True)


def test_much_that_is_the_same_is_counted_and_not_shown() -> None:
    rows = aligned([*"x" * 50, "a"], [*"x" * 50, "b"])

    assert [row.left_out for row in rows] == [47, 0, 0, 0, 0]


@given(WORDS, WORDS)
def test_no_event_is_lost_on_either_side(base: list[str], new: list[str]) -> None:
    rows = aligned(base, new)

    left_out = sum(row.left_out for row in rows)
    assert sum(1 for row in rows if row.base) + left_out == len(base)
    assert sum(1 for row in rows if row.new) + left_out == len(new)


@given(WORDS, WORDS)
def test_one_row_is_marked_as_the_first_that_differs_if_any_does(base: list[str], new: list[str]) -> None:
    assert sum(row.first for row in aligned(base, new)) == (base != new)
