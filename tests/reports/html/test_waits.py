from __future__ import annotations

from harness.expectations import Finding, Verdict
from harness.reports.html.waits import ROWS_MAX, wait_rows
from tests.support.results import failed


def finding(expected: object, got: object) -> Finding:
    return Finding(expectation="backoff", verdict=Verdict.FAIL, sentence="", expected=expected, got=got)


def test_each_wait_has_what_was_expected_and_what_came() -> None:
    rows = wait_rows(next(f for f in failed().told_run.judgement.findings if f.expectation == "backoff"))

    assert [(row.expected_us, row.got_us, row.is_wrong) for row in rows] == [
        (1_000_000, 1_000_000, False),
        (2_000_000, 2_000_000, False),
        (4_000_000, 5_200_000, True),
    ]


def test_a_wait_that_never_came_is_wrong() -> None:
    rows = wait_rows(finding({"waits_us": [1, 2]}, {"waits_us": [1]}))

    assert [(row.got_us, row.is_wrong) for row in rows] == [(1, False), (None, True)]


def test_a_bar_is_as_long_as_the_wait_and_its_mark_stands_where_it_should_have_ended() -> None:
    (row,) = wait_rows(finding({"waits_us": [1_000]}, {"waits_us": [2_000]}))

    assert 'width="240"' in row.bar
    assert "M121 0" in row.bar


def test_a_client_that_never_stops_trying_has_so_many_rows_and_no_more() -> None:
    assert len(wait_rows(finding({"waits_us": [1]}, {"waits_us": [1] * 5_000}))) == ROWS_MAX


def test_a_finding_about_something_else_has_no_rows() -> None:
    assert wait_rows(finding([1], None)) == ()
