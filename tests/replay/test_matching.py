"""What belongs together is found, and no more than is there."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.replay.matching import matched

words = st.lists(st.sampled_from("abc"), max_size=12)


def longest(left: list[str], right: list[str]) -> int:
    """The length of the longest common subsequence, by the table that everybody knows."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for a, one in enumerate(left):
        for b, other in enumerate(right):
            table[a + 1][b + 1] = table[a][b] + 1 if one == other else max(table[a][b + 1], table[a + 1][b])
    return table[-1][-1]


@given(words, words)
def test_as_much_is_matched_as_there_can_be(left: list[str], right: list[str]):
    assert len(matched(left, right)) == longest(left, right)


@given(words, words)
def test_only_equal_elements_are_matched(left: list[str], right: list[str]):
    assert all(left[a] == right[b] for a, b in matched(left, right))


@given(words, words)
def test_matches_never_cross(left: list[str], right: list[str]):
    pairs = matched(left, right)

    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


def test_where_all_is_different_the_ends_are_matched():
    left, right = [0, *range(1000, 2000), 9], [0, *range(3000, 4000), 9]

    assert matched(left, right, edits_max=50) == [(0, 0), (1001, 1001)]
