from __future__ import annotations

from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reports.rate import Z_95, Rate, wilson


@pytest.mark.parametrize(
    ("passed", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_an_interval_is_the_published_one(passed: int, of: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3 (score, no correction)."""
    found = wilson(passed, of)

    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_ends_where_the_share_would_be_a_surprise_of_2_and_a_half_percent(counted: tuple[int, int]) -> None:
    passed, of = counted
    share = passed / of

    low, high = wilson(passed, of)

    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert isclose(abs(share - end), Z_95 * sqrt(end * (1 - end) / of), rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize(("passed", "of"), [(1, 0), (0, 0), (-1, 3), (4, 3)])
def test_what_is_no_share_is_refused(passed: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"{passed} of {of} is no share"):
        wilson(passed, of)


@pytest.mark.parametrize(
    ("passed", "judged", "said"),
    [
        (18, 20, "90 % (70 %–97 %)"),
        (20, 20, "100 % (84 %–100 %)"),
        (0, 3, "0 % (0 %–56 %)"),
        (499, 500, "99.8 % (99 %–99.96 %)"),
    ],
)
def test_a_rate_is_said_with_its_interval(passed: int, judged: int, said: str) -> None:
    assert Rate(passed=passed, judged=judged).said() == said


def test_a_rate_is_said_in_ascii_where_nothing_else_can_be_shown() -> None:
    assert Rate(passed=18, judged=20).said(ascii_only=True) == "90 % (70 %-97 %)"
