"""Our JSON is what its schema says, whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.reports import CaseResult, Report, Unplayed, judged
from harness.reports.document import read_result, result_schema
from harness.reports.summary import as_json
from tests.support.results import cut_off, failed, flaky, passed, report, result_of
from tests.support.traces import case

LEFT_OUT = Unplayed(case_id="calls.yaml::by the sun", place="calls.yaml:7", why="it needs the real clock")


def several() -> CaseResult:
    return result_of(*passed().runs, *failed().runs, *cut_off().runs, asked=case(), times=3)


def never_begun() -> CaseResult:
    return result_of(judged(None, "the client \x1b[31mnever\ud800 let go"), asked=case())


REPORTS = {
    "nothing": report(),
    "every verdict": report(passed(), failed(), cut_off(), flaky(), several(), took_s=1.5, unplayed=(LEFT_OUT,)),
    "an interruption": report(passed(), never_begun(), interrupted=True),
    "a strict one": report(flaky(), fail_on_flaky=True),
}
EACH = pytest.mark.parametrize("told", REPORTS.values(), ids=REPORTS)


@EACH
def test_what_is_written_is_read_back(told: Report) -> None:
    document = read_result(as_json(told).encode())

    assert document.exit_code == told.exit_code
    assert [one.id for one in document.cases] == [result.case.id for result in told.results]


@EACH
def test_what_is_written_is_as_the_schema_says(told: Report) -> None:
    jsonschema = pytest.importorskip("jsonschema")

    jsonschema.Draft202012Validator(result_schema()).validate(json.loads(as_json(told)))


def test_the_schema_is_a_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")

    jsonschema.Draft202012Validator.check_schema(result_schema())


def test_the_schema_stays_as_it_is(golden: Callable[[str, str], None]) -> None:
    golden("reports/result.schema.json", json.dumps(result_schema(), indent=2, ensure_ascii=False) + "\n")


def test_a_rate_has_its_interval() -> None:
    (told,) = json.loads(as_json(report(several())))["cases"]

    assert told["rate"] == {"passed": 1, "judged": 2, "low": 0.094531, "high": 0.905469}


@pytest.mark.parametrize(
    "change",
    [
        {"deadair_result": 2},
        {"exit_code": 7},
        {"verdict": "maybe"},
        {"totals": {"pass": 1}},
        {"something": "else"},
        {"cases": "none"},
    ],
    ids=str,
)
def test_what_is_no_result_is_refused(change: dict[str, Any]) -> None:
    document = json.loads(as_json(report(passed()))) | change

    with pytest.raises(ValueError, match="validation error"):
        read_result(json.dumps(document).encode())
