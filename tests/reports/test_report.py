from __future__ import annotations

import pytest

from harness.expectations import Verdict
from harness.reports import FORMATS, Report, Unplayed
from tests.support.results import cut_off, failed, flaky, passed, report


@pytest.mark.parametrize(
    ("told", "verdict", "code"),
    [
        (report(passed()), Verdict.PASS, 0),
        (report(passed(), flaky()), Verdict.PASS, 0),
        (report(passed(), flaky(), fail_on_flaky=True), Verdict.FAIL, 1),
        (report(passed(), cut_off()), Verdict.INCONCLUSIVE, 3),
        (report(passed(), interrupted=True), Verdict.INCONCLUSIVE, 3),
        (report(failed(), interrupted=True), Verdict.FAIL, 3),
    ],
)
def test_a_report_has_one_verdict_and_one_exit_code(told: Report, verdict: Verdict, code: int) -> None:
    assert (told.verdict, told.exit_code) == (verdict, code)


def test_what_passed_only_when_it_was_played_again_is_counted() -> None:
    assert report(passed(), flaky()).totals == {Verdict.PASS: 1, Verdict.FLAKY: 1}


def test_what_passed_only_when_it_was_played_again_is_told_by_the_run_that_did_not() -> None:
    assert flaky().told_run.verdict is Verdict.FAIL


def test_failures_are_told_before_doubts() -> None:
    told = report(cut_off(), passed(), flaky(), failed())

    assert [result.verdict for result in told.not_passed] == [Verdict.FAIL, Verdict.FLAKY, Verdict.INCONCLUSIVE]


def test_a_report_that_does_not_know_when_it_began_says_so_with_0() -> None:
    assert report(unplayed=(Unplayed(case_id="a", place="a:1", why="b"),)).began_unix_ms == 0


def test_a_place_is_told_from_where_the_repository_begins() -> None:
    assert report(project="services/voice").located("calls.yaml:12") == ("services/voice/calls.yaml", 12)
    assert report().located("calls.yaml:12") == ("calls.yaml", 12)


def test_a_place_without_a_line_is_its_first() -> None:
    assert report().located("calls.yaml:")[1] == 1


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_says_that_the_run_was_interrupted(name: str) -> None:
    not_over = Unplayed(case_id="calls.yaml::b", place="calls.yaml:9", why="not over when the run was interrupted")

    assert "interrupted" not in FORMATS[name](report(passed())).replace('"interrupted": false', "")
    assert "interrupted" in FORMATS[name](report(passed(), interrupted=True, unplayed=(not_over,))).lower()
