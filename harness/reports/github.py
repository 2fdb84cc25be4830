"""GitHub: annotations beside the lines of a scenario file that did not pass."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations import Verdict
from harness.expectations.words import count
from harness.reports.lines import name_told
from harness.reports.report import Report
from harness.reports.result import CaseResult
from harness.reports.text import first_sentence

__all__ = ["as_annotations", "workflow_commands"]

ANNOTATIONS_MAX = 9
"""GitHub keeps 10 errors and 10 warnings of a step; the last one says how many there are besides."""


def as_annotations(report: Report) -> str:
    """`workflow_commands`, as one text."""
    return "".join(f"{command}\n" for command in workflow_commands(report))


def workflow_commands(report: Report) -> Iterator[str]:
    """Workflow commands, a line each, to be printed to standard output; failures first, as no more than nine are told."""
    wrong = report.not_passed
    for result in wrong[:ANNOTATIONS_MAX]:
        path, line = report.located(result.case.place)
        title = f"{name_told(result.case.scenario)}: {result.verdict.value}"
        said = f"{first_sentence(result)}\n{result.rerun}"
        yield f"::{_level(result)} file={_property(path)},line={line},title={_property(title)}::{_text(said)}"
    if report.interrupted:
        yield "::warning title=deadair::the run was interrupted: what was not over says nothing"
    if len(wrong) > ANNOTATIONS_MAX:
        yield f"::error title=deadair::and {count(len(wrong) - ANNOTATIONS_MAX, 'more case')} did not pass"


def _level(result: CaseResult) -> str:
    return "warning" if result.verdict is Verdict.INCONCLUSIVE or result.passed_on_retry else "error"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
