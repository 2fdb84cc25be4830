from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.expectations.ledger import Interval, account, common, joined


def word_aligned(length_max: int) -> st.SearchStrategy[Interval]:
    pairs = st.tuples(st.integers(0, 60), st.integers(0, length_max))
    return pairs.map(lambda pair: (pair[0] * 16, (pair[0] + pair[1]) * 16))


intervals = st.lists(word_aligned(20), max_size=12)


def brute_force(said: list[Interval], heard: list[Interval]) -> tuple[int, int, int, int]:
    """The same account, byte by byte: said, lost, repeated, reordered."""
    due = {byte for begins, ends in said for byte in range(begins, ends)}
    known: set[int] = set()
    repeated = reordered = furthest = 0
    for begins, ends in heard:
        for byte in range(begins, ends):
            if byte in known:
                repeated += 1
            elif byte < furthest:
                reordered += 1
        known.update(range(begins, ends))
        furthest = max(furthest, ends)
    return len(due), len(due - known), repeated, reordered


@given(intervals, intervals)
def test_the_account_is_what_counting_byte_by_byte_gives(said: list[Interval], heard: list[Interval]) -> None:
    found = account(said, heard)

    assert (found.said, found.lost, found.repeated, found.reordered) == brute_force(said, heard)


@given(intervals)
def test_joined_parts_neither_touch_nor_overlap(parts: list[Interval]) -> None:
    whole = joined(parts)

    assert all(before[1] < after[0] for before, after in pairwise(whole))
    assert {b for start, to in whole for b in range(start, to)} == {b for start, to in parts for b in range(start, to)}


def test_a_gap_of_less_than_two_words_is_only_an_edge() -> None:
    assert account([(0, 640)], [(0, 312), (320, 640)]).lost == 0
    assert account([(0, 640)], [(0, 304), (320, 640)]).lost == 16


def test_what_is_heard_again_later_is_repeated_and_not_reordered() -> None:
    found = account([(0, 640)], [(0, 640), (320, 640)])

    assert (found.lost, found.repeated, found.reordered) == (0, 320, 0)


def test_what_comes_after_something_later_is_reordered() -> None:
    found = account([(0, 640)], [(320, 640), (0, 320)])

    assert (found.lost, found.repeated, found.reordered) == (0, 0, 320)


def test_what_nobody_said_can_be_heard_and_is_not_lost() -> None:
    assert account([], [(0, 640)]).said == 0


@given(intervals, intervals)
def test_what_two_have_in_common_is_what_brute_force_finds(ours: list[Interval], theirs: list[Interval]) -> None:
    both = {place for begins, ends in ours for place in range(begins, ends)} & {
        place for begins, ends in theirs for place in range(begins, ends)
    }

    assert {place for begins, ends in common(ours, theirs) for place in range(begins, ends)} == both
