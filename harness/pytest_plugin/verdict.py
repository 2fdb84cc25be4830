"""What pytest tells of a case that did not pass: the sentence, the findings and the command that every other report tells."""

from __future__ import annotations

from typing import Any

import pytest

from harness.expectations import Verdict
from harness.reports import CaseResult
from harness.reports.text import case_lines, first_sentence
from harness.scenario import Case

__all__ = ["DidNotPass", "lines", "properties", "shown"]


class DidNotPass(Exception):
    """A case was played and did not pass. Its words are all that is told of it.

    `sentence` is the one that says why; what did not fail, but is inconclusive or flaky, says so first.
    """

    def __init__(self, result: CaseResult) -> None:
        super().__init__(lines(result))
        said = first_sentence(result)
        self.sentence = said if result.verdict is Verdict.FAIL else f"{result.verdict.value}: {said}"


def lines(result: CaseResult) -> str:
    """All that the terminal tells of a case."""
    told = case_lines(result, plain=True)
    return "\n".join("".join(span.text for span in line).rstrip() for line in told)


def properties(result: CaseResult) -> list[tuple[str, object]]:
    """For `<properties>` in pytest's JUnit file, and for whoever else reads reports."""
    run = result.told_run
    told: dict[str, object] = {
        "deadair.verdict": result.verdict.value,
        "deadair.provider": result.case.provider,
        "deadair.clock": run.clock,
        "deadair.seed": run.seed,
        "deadair.rerun": result.rerun,
        "deadair.trace": run.trace_path,
    }
    if len(result.runs) > 1:
        told["deadair.passed"] = f"{result.passed} of {len(result.runs)}"
    return [(name, value) for name, value in told.items() if value not in ("", None)]


def shown(excinfo: pytest.ExceptionInfo[BaseException], case: Case) -> Any:
    """The error in its own words, with the scenario as its place: editors, annotations and the short summary go by it."""
    told = excinfo.getrepr(style="value")
    if told.reprcrash is not None:
        path, _, line = case.place.rpartition(":")
        told.reprcrash.path, told.reprcrash.lineno = path, int(line)
        told.reprcrash.message = _message(excinfo.value)
    return told


def _message(error: BaseException) -> str:
    return error.sentence if isinstance(error, DidNotPass) else str(error).partition("\n")[0]
