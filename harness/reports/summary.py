"""The summary: results as JSON, for machines. `document` has its shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.errors import DeadairError
from harness.expectations import Finding, Verdict
from harness.expectations.invariants import Ruling
from harness.reports.document import VERSION
from harness.reports.lines import printable
from harness.reports.report import Report, Unplayed
from harness.reports.result import CaseResult, RunResult
from harness.reports.text import first_sentence

__all__ = ["as_json", "summary", "write_summary"]


def summary(report: Report, *, beside: Path | None = None) -> dict[str, Any]:
    """All that is known of the results, as JSON values; the shape is `ResultDocument`.

    Args:
        beside: The folder from which traces are named; without it they are named as they are.
    """
    totals = report.totals
    return {
        "deadair_result": VERSION,
        "verdict": report.verdict.value,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "took_s": round(report.took_s, 3),
        "totals": {verdict.value: totals[verdict] for verdict in Verdict},
        "cases": [_case(result, beside) for result in report.results],
        "unplayed": [_unplayed(unplayed) for unplayed in report.unplayed],
    }


def as_json(report: Report, *, beside: Path | None = None) -> str:
    """The summary as text. Characters that would do something to a terminal are written by their numbers, as JSON may."""
    text = json.dumps(summary(report, beside=beside), ensure_ascii=False, indent=2)
    return "".join(f"{_escaped(line)}\n" for line in text.split("\n"))


def write_summary(path: Path, report: Report) -> None:
    """Write the summary to a file whose folder exists. Traces in that folder are named from there, so that it can be
    carried elsewhere.

    Raises:
        DeadairError: If it cannot be written.
    """
    try:
        path.write_text(as_json(report, beside=path.parent), encoding="utf-8")
    except OSError as error:
        raise DeadairError(f"{path}: the results cannot be written: {error.strerror}") from error


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(one if printable(one) == one else json.dumps(one)[1:-1] for one in line)


def _unplayed(unplayed: Unplayed) -> dict[str, Any]:
    return {"id": unplayed.case_id, "why": unplayed.why}


def _case(result: CaseResult, beside: Path | None) -> dict[str, Any]:
    case = result.case
    return {
        "id": case.id,
        "place": case.place,
        "scenario": case.scenario,
        "summary": case.summary,
        "provider": case.provider,
        "client": result.chosen_client,
        "tags": list(case.tags),
        "verdict": result.verdict.value,
        "sentence": first_sentence(result),
        "passed": result.passed,
        "rate": _rate(result),
        "rerun": result.rerun,
        "runs": [_run(run, beside) for run in result.runs],
        "retried": [_run(run, beside) for run in result.retried],
    }


def _rate(result: CaseResult) -> dict[str, Any] | None:
    if (rate := result.rate) is None:
        return None
    low, high = rate.interval
    return {"passed": rate.passed, "judged": rate.judged, "low": round(low, 6), "high": round(high, 6)}


def _run(run: RunResult, beside: Path | None) -> dict[str, Any]:
    return {
        "verdict": run.verdict.value,
        "seed": run.seed,
        "clock": run.clock,
        "proxy": run.proxy,
        "lasted_us": run.lasted_us,
        "took_s": round(run.took_s, 6),
        "trace": _named_from(beside, run.trace_path),
        "notes": list(run.notes),
        "findings": [_finding(finding) for finding in run.judgement.findings],
        "invariants": {number: _ruling(ruling) for number, ruling in run.judgement.rulings.items()},
    }


def _named_from(beside: Path | None, trace_path: str) -> str:
    if beside is None or not trace_path or not Path(trace_path).is_relative_to(beside):
        return trace_path
    return Path(trace_path).relative_to(beside).as_posix()


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "expectation": finding.expectation,
        "verdict": finding.verdict.value,
        "sentence": finding.sentence,
        "at_us": finding.at_us,
        "expected": finding.expected,
        "got": finding.got,
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {"said": ruling.said.value, "sentence": ruling.sentence, "at_us": ruling.at_us}
