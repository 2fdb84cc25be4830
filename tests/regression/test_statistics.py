"""The statistics, against what others have published and against counting everything out."""

from __future__ import annotations

import itertools
import math
import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.regression.statistics import fisher, holm, mann_whitney, shift, smallest

# The largest U that is significant, two-sided (H. B. Mann and D. R. Whitney 1947; the tables are in every textbook):
# samples on each side, alpha, U.
CRITICAL_VALUES = [
    (5, 0.05, 2), (5, 0.01, 0), (6, 0.05, 5), (7, 0.05, 8), (8, 0.05, 13), (8, 0.01, 7), (10, 0.05, 23), (10, 0.01, 16),
    (15, 0.05, 64), (15, 0.01, 51), (20, 0.05, 127), (20, 0.01, 105),
]  # fmt: skip


def samples_with(u: int, size: int) -> tuple[list[float], list[float]]:
    """Two sets of `size` samples without ties, whose U is `u`: the new ones win exactly so many pairs."""
    base = [float(2 * place) for place in range(size)]
    new, left = [], u
    for number in range(size):
        won = min(size, left)
        left -= won
        new.append(2 * won - 1 - number / (10 * size))
    return base, new


def counted_out(base: list[int], new: list[int]) -> float:
    """The p by its definition: of all ways to deal the values out to two sides, the share that is at least so uneven."""
    everything = [*base, *new]
    middle = len(base) * len(new) / 2

    def uneven(ours: tuple[int, ...]) -> float:
        theirs = [value for place, value in enumerate(everything) if place not in ours]
        return abs(
            sum((after > everything[o]) + (after == everything[o]) / 2 for o in ours for after in theirs) - middle
        )

    seen = uneven(tuple(range(len(base))))
    dealt = [uneven(ours) for ours in itertools.combinations(range(len(everything)), len(base))]
    return sum(each >= seen for each in dealt) / len(dealt)


@pytest.mark.parametrize(("size", "alpha", "u"), CRITICAL_VALUES)
def test_the_published_critical_value_is_the_last_significant_one(size: int, alpha: float, u: int) -> None:
    assert mann_whitney(*samples_with(u, size)) <= alpha < mann_whitney(*samples_with(u + 1, size))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=8, unique=True), st.data())
def test_the_exact_p_is_what_counting_all_orders_gives(values: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values) - 1))
    base, new = values[:cut], values[cut:]

    assert mann_whitney(base, new) == pytest.approx(counted_out(base, new))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 6), min_size=10, max_size=10))
def test_with_ties_the_approximation_calls_little_significant_that_counting_does_not(values: list[int]) -> None:
    base, new = values[:5], values[5:]

    assert mann_whitney(base, new) > 0.02 or counted_out(base, new) < 0.05


def test_beyond_the_exact_size_the_approximation_goes_on_where_counting_stopped() -> None:
    chance = random.Random(7)
    base = [chance.gauss(100, 10) for _ in range(51)]
    new = [chance.gauss(104, 10) for _ in range(51)]

    assert mann_whitney(base, new) == pytest.approx(mann_whitney(base[:-1], new[:-1]), abs=0.02)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=30), st.lists(st.integers(0, 99), min_size=1, max_size=30))
def test_it_does_not_matter_which_side_is_called_the_base(base: list[int], new: list[int]) -> None:
    assert mann_whitney(base, new) == pytest.approx(mann_whitney(new, base))


def test_samples_that_are_all_the_same_differ_in_nothing() -> None:
    assert mann_whitney([5] * 20, [5] * 30) == 1.0


def test_a_side_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="a side has no samples"):
        mann_whitney([], [1])


def test_the_shift_is_the_median_of_all_differences() -> None:
    assert shift([1.1, 2.2, 4.4], [5.5, 9.9]) == pytest.approx(median([4.4, 3.3, 1.1, 8.8, 7.7, 5.5]))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20), st.integers(-500, 500))
def test_what_is_moved_as_a_whole_is_shifted_by_just_that(base: list[int], by: int) -> None:
    assert shift(base, [value + by for value in base]) == pytest.approx(by)


def test_holm_multiplies_the_smallest_by_the_number_of_tests() -> None:
    # S. Holm 1979; the numbers are the worked example of R's p.adjust: 0.01, 0.02, 0.03, 0.04, 0.05.
    assert holm([0.03, 0.01, 0.05, 0.02, 0.04]) == pytest.approx((0.09, 0.05, 0.09, 0.08, 0.09))


@given(st.lists(st.floats(0, 1), max_size=12))
def test_correcting_never_makes_a_test_more_significant(chances: list[float]) -> None:
    assert all(after >= before for before, after in zip(chances, holm(chances), strict=True))


def test_fisher_knows_the_lady_who_tasted_tea() -> None:
    # R. A. Fisher 1935: 3 of 4 cups right; one-sided 17/70, two-sided 34/70.
    assert fisher((3, 1), (1, 3)) == pytest.approx(34 / 70)


def test_five_of_five_against_none_of_five_is_the_first_that_chance_does_not_do() -> None:
    assert fisher((4, 0), (0, 4)) > 0.01 > fisher((5, 0), (0, 5)) == pytest.approx(2 / math.comb(10, 5))


def test_the_smallest_amount_that_is_seen_is_found() -> None:
    assert smallest(lambda amount: amount >= 31.4, at_most=1e6) == pytest.approx(31.4)


def test_what_not_even_the_largest_amount_shows_is_told() -> None:
    assert smallest(lambda amount: False, at_most=1e6) is None
