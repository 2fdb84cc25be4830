"""CTRF, the Common Test Report Format: JSON that many reporters of pull requests and chats read.

Specification 1.0.0: ctrf-io/ctrf, schema/ctrf.schema.json and docs/specification/test.md, read 2026-11-23. Times are whole
milliseconds; keys that it does not name are refused but below `extra`.
"""

from __future__ import annotations

import json
from typing import Any

from harness.expectations import Verdict
from harness.reports.lines import name_told, sentence_told
from harness.reports.report import Report, Unplayed
from harness.reports.result import CaseResult, RunResult
from harness.reports.text import first_sentence, runs_said

__all__ = ["as_ctrf"]

SPECIFICATION = "1.0.0"

STATUSES = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    # Too few of its runs passed: the case fails. One that passed when it was played again is told otherwise, below.
    Verdict.FLAKY: "failed",
    Verdict.INCONCLUSIVE: "other",
}


def as_ctrf(report: Report) -> str:
    """The report as CTRF's JSON."""
    tests = [
        *(_test(result, report) for result in report.results),
        *(_unplayed(one, report) for one in report.unplayed),
    ]
    began_ms, took_ms = report.began_unix_ms, round(report.took_s * 1000)
    statuses = [test["status"] for test in tests]
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "generatedBy": "deadair",
        "results": {
            "tool": _tool(report),
            "summary": {
                "tests": len(tests),
                **{name: statuses.count(name) for name in ("passed", "failed", "skipped", "pending", "other")},
                "flaky": sum(test.get("flaky", False) for test in tests),
                "suites": len({test["suite"][0] for test in tests}),
                "start": began_ms,
                "stop": began_ms + took_ms,
                "duration": took_ms,
                "extra": {"verdict": report.verdict.value, "interrupted": report.interrupted},
            },
            "tests": tests,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _tool(report: Report) -> dict[str, Any]:
    return {"name": "deadair"} | ({"version": report.about.deadair} if report.about is not None else {})


def _test(result: CaseResult, report: Report) -> dict[str, Any]:
    run = result.told_run
    forgiven = result.passed_on_retry and not report.fail_on_flaky
    reasons = run.judgement.reasons
    test = _base(result.case.id, result.case.place, report) | {
        "status": "passed" if forgiven else STATUSES[result.verdict],
        "duration": round(1000 * sum(one.cost_s for one in (*result.retried, *result.runs))),
        "rawStatus": result.verdict.value,
        "parameters": _parameters(result),
        "extra": {
            "rerun": result.rerun,
            "findings": [f"{reason.expectation}: {sentence_told(reason.sentence)}" for reason in reasons],
        }
        | ({"runs": said} if (said := runs_said(result)) else {}),
    }
    if sentence := first_sentence(result):
        test["message"] = sentence
    if result.case.tags:
        test["tags"] = [name_told(tag) for tag in result.case.tags]
    if result.retried:
        test |= {
            "retries": len(result.retried),
            "retryAttempts": [_attempt(number, one) for number, one in enumerate(result.retried, start=1)],
            "flaky": result.passed_on_retry,
        }
    if run.trace_path:
        test["attachments"] = [{"name": "trace", "contentType": "application/jsonl", "path": run.trace_path}]
    return test


def _unplayed(unplayed: Unplayed, report: Report) -> dict[str, Any]:
    return _base(unplayed.case_id, unplayed.place, report) | {
        "status": "skipped",
        "duration": 0,
        "message": sentence_told(unplayed.why),
    }


def _base(case_id: str, place: str, report: Report) -> dict[str, Any]:
    file, _, name = case_id.partition("::")
    path, line = report.located(place)
    return {"name": name_told(name or case_id), "suite": [name_told(file)], "filePath": path, "line": line}


def _parameters(result: CaseResult) -> dict[str, Any]:
    run = result.told_run
    told = {"provider": result.case.provider, "client": name_told(result.chosen_client), "clock": run.clock}
    return {name: value for name, value in told.items() if value} | ({} if run.seed is None else {"seed": run.seed})


def _attempt(number: int, run: RunResult) -> dict[str, Any]:
    reasons = run.judgement.reasons
    told = {"attempt": number, "status": STATUSES[run.verdict], "duration": round(1000 * run.cost_s)}
    return told | ({"message": sentence_told(reasons[0].sentence)} if reasons else {})
