"""The summary: results as JSON, for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import DeadairError
from harness.expectations import Finding, Verdict
from harness.expectations.invariants import Ruling
from harness.reports.result import CaseResult, RunResult, exit_code, overall

__all__ = ["summary", "write_summary"]

VERSION = 1


def summary(results: Sequence[CaseResult]) -> dict[str, Any]:
    """All that is known of the results, as JSON values, in the order in which they are given."""
    verdicts = [result.verdict for result in results]
    return {
        "deadair_result": VERSION,
        "verdict": overall(results).value,
        "exit_code": exit_code(results),
        "totals": {verdict.value: verdicts.count(verdict) for verdict in Verdict},
        "cases": [_case(result) for result in results],
    }


def write_summary(path: Path | str, results: Sequence[CaseResult]) -> None:
    """Write `summary(results)` to a file whose folder exists.

    Raises:
        DeadairError: If it cannot be written.
    """
    text = json.dumps(summary(results), ensure_ascii=False, indent=2) + "\n"
    try:
        Path(path).write_bytes(text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise DeadairError(f"{path}: the results cannot be written: {error.strerror}") from error


def _case(result: CaseResult) -> dict[str, Any]:
    case = result.case
    return {
        "id": case.id,
        "place": case.place,
        "scenario": case.scenario,
        "summary": case.summary,
        "provider": case.provider,
        "tags": list(case.tags),
        "verdict": result.verdict.value,
        "passed": result.passed,
        "rerun": result.rerun,
        "runs": [_run(run) for run in result.runs],
    }


def _run(run: RunResult) -> dict[str, Any]:
    return {
        "verdict": run.verdict.value,
        "seed": run.seed,
        "clock": run.clock,
        "proxy": run.proxy,
        "lasted_us": run.lasted_us,
        "took_s": round(run.took_s, 6),
        "trace": run.trace_path,
        "notes": list(run.notes),
        "findings": [_finding(finding) for finding in run.judgement.findings],
        "invariants": {number: _ruling(ruling) for number, ruling in run.judgement.rulings.items()},
    }


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
