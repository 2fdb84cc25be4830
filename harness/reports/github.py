"""GitHub: annotations beside the lines of a scenario file that did not pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.expectations import Verdict
from harness.expectations.words import count
from harness.reports.result import CaseResult
from harness.reports.text import first_sentence

__all__ = ["workflow_commands"]

ANNOTATIONS_MAX = 9
"""GitHub keeps 10 errors and 10 warnings of a step; the last one says how many there are besides."""


def workflow_commands(results: Sequence[CaseResult]) -> Iterator[str]:
    """Workflow commands, a line each, to be printed to standard output."""
    wrong = [result for result in results if result.verdict is not Verdict.PASS]
    for result in wrong[:ANNOTATIONS_MAX]:
        path, _, line = result.case.place.rpartition(":")
        level = "warning" if result.verdict is Verdict.INCONCLUSIVE else "error"
        title = f"{result.case.scenario}: {result.verdict.value}"
        yield f"::{level} file={_property(path)},line={_property(line)},title={_property(title)}::{_text(first_sentence(result))}"
    if len(wrong) > ANNOTATIONS_MAX:
        yield f"::error title=deadair::and {count(len(wrong) - ANNOTATIONS_MAX, 'more case')} did not pass"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
