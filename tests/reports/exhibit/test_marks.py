from __future__ import annotations

from harness.reports.exhibit.marks import MARKS_MAX, Mark, tallied, thinned, when


def test_a_moment_and_a_span_are_said_in_seconds() -> None:
    assert when(Mark(from_us=3_002_000)) == "3.002 s"
    assert when(Mark(from_us=3_002_000, to_us=4_100_000)) == "3.002 s to 4.1 s"


def test_marks_that_can_be_told_apart_are_left_alone() -> None:
    marks = [Mark(from_us=each * 1_000_000) for each in range(MARKS_MAX)]

    assert thinned(marks, MARKS_MAX * 1_000_000) == tuple(marks)


def test_too_many_marks_become_fewer_that_say_how_many_they_are() -> None:
    marks = [Mark(from_us=each * 1_000, label="connecting") for each in range(10_000)]

    thin = thinned(marks, 10_000_000)

    assert len(thin) <= MARKS_MAX
    assert sum(mark.count for mark in thin) == 10_000
    assert thin[0].what == f"{thin[0].count} together: {thin[0].count} × connecting"


def test_a_mark_of_another_tone_is_not_swallowed() -> None:
    marks = [Mark(from_us=each * 1_000, tone="bad" if each == 5_000 else "plain") for each in range(10_000)]

    assert [mark.from_us for mark in thinned(marks, 10_000_000) if mark.tone == "bad"] == [5_000_000]


def test_a_long_mark_among_too_many_short_ones_stays_whole() -> None:
    marks = [Mark(from_us=0, to_us=9_000_000, label="active")]
    marks += [Mark(from_us=each * 1_000, to_us=each * 1_000 + 1) for each in range(1_000)]

    assert thinned(marks, 10_000_000)[0] == marks[0]


def test_names_are_tallied_with_what_came_most_often_first() -> None:
    assert tallied(["a", "b", "b", "c", "d", "e", "f"]) == "2 × b, a, c, d, and 2 more"
