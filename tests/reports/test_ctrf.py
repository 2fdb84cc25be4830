"""CTRF 1.0.0, by its specification (ctrf.io, read 2026-11-23), of which the rules here are a part in our own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.reports import Report, Unplayed
from harness.reports.ctrf import as_ctrf
from tests.support.results import cut_off, failed, flaky, passed, report

STATUSES = ("passed", "failed", "skipped", "pending", "other")

TEST_KEYS: dict[str, type] = {
    "name": str, "status": str, "duration": int, "suite": list, "message": str, "filePath": str, "line": int,
    "rawStatus": str, "tags": list, "parameters": dict, "extra": dict, "retries": int, "retryAttempts": list,
    "flaky": bool, "attachments": list,
}  # fmt: skip


def everything() -> Report:
    left_out = Unplayed(case_id="more/calls.yaml::by the sun", place="more/calls.yaml:7", why="it needs the real clock")
    return report(passed(), failed(), cut_off(), flaky(), unplayed=(left_out,), took_s=1.5)


def results(told: Report) -> dict[str, Any]:
    document = json.loads(as_ctrf(told))
    assert (document["reportFormat"], document["specVersion"]) == ("CTRF", "1.0.0")
    found: dict[str, Any] = document["results"]
    return found


def the_test(name: str, told: Report | None = None) -> dict[str, Any]:
    (found,) = (test for test in results(told or everything())["tests"] if test["name"] == name)
    return dict(found)


def test_it_reads_as_it_always_did(golden: Callable[[str, str], None]) -> None:
    golden("reports/ctrf.json", as_ctrf(everything()))


def test_the_summary_has_all_that_must_be_there_as_whole_numbers() -> None:
    summary = results(everything())["summary"]

    assert all(type(summary[name]) is int for name in ("tests", *STATUSES, "start", "stop", "duration", "flaky"))


def test_the_summary_counts_what_the_tests_say() -> None:
    told = results(everything())

    assert [told["summary"][status] for status in STATUSES] == [2, 1, 1, 0, 1]
    assert (told["summary"]["tests"], told["summary"]["flaky"]) == (5, 1)


def test_a_test_has_only_keys_of_the_specification() -> None:
    for test in results(everything())["tests"]:
        assert {"name", "status", "duration"} <= set(test) <= set(TEST_KEYS)
        assert all(type(value) is TEST_KEYS[key] for key, value in test.items())


def test_a_failure_says_the_one_sentence_and_how_to_see_it_again() -> None:
    test = the_test("a call that waits too long[wait=5s]")

    assert test["status"] == "failed"
    assert test["message"] == "the 3rd wait was 5.2 s instead of 4 s ±5 %, at 8.7 s"
    assert test["extra"]["rerun"] == failed().rerun


def test_what_nobody_could_judge_is_neither_passed_nor_failed() -> None:
    test = the_test("a call that was cut off")

    assert (test["status"], test["rawStatus"]) == ("other", "inconclusive")


def test_what_passed_when_it_was_played_again_is_flaky_and_tells_its_attempts() -> None:
    test = the_test("a call that makes up its mind")

    assert (test["status"], test["flaky"], test["retries"]) == ("passed", True, 1)
    assert test["retryAttempts"][0]["status"] == "failed"
    assert test["retryAttempts"][0]["message"] == test["message"]


def test_it_fails_where_flaky_cases_are_to_fail() -> None:
    told = report(flaky(), fail_on_flaky=True)

    assert the_test("a call that makes up its mind", told)["status"] == "failed"
