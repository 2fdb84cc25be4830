"""The page of a run: its totals, what did not pass and why, and then what did. Pure but for `write_report`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.expectations.words import lasting, moment
from harness.reports.exhibit import LANES, Mark, Place, Timeline
from harness.reports.exhibit.marks import when
from harness.reports.html.look import head, page_environment
from harness.reports.html.parts import Shown, facts, shown, title, totals
from harness.reports.html.sheets import sheets
from harness.reports.html.waits import wait_rows
from harness.reports.result import CaseResult
from harness.reports.text import first_sentence, runs_said

if TYPE_CHECKING:
    from harness.runs import About

__all__ = ["report_page", "write_report"]

TEMPLATE = "report.html.jinja"

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.FLAKY: "~"}

FEW_CASES = 5
"""So many are shown in full, whether they passed or not."""


def write_report(path: Path, results: Sequence[CaseResult], about: About | None) -> None:
    """Write `report_page(results, about)` to a file whose folder exists.

    Raises:
        DeadairError: If it cannot be written.
    """
    try:
        path.write_bytes(report_page(results, about).encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise DeadairError(f"{path}: the report cannot be written: {error.strerror}") from error


def report_page(results: Sequence[CaseResult], about: About | None) -> str:
    """The whole report as the text of a file; `about` is what its run folder says of itself, None where there is none."""
    cases = shown(results)
    in_full = cases if len(cases) <= FEW_CASES else tuple(case for case in cases if _is_wrong(case))
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            head=head(styles=("look.css", "report.css"), scripts=("report.js",)),
            title=title(results),
            totals=totals(results),
            facts=tuple(facts(results, about)),
            in_full=in_full,
            files=_by_file(cases[len(in_full) :]),
            sheets=sheets(cases, in_full=in_full),
        )
    )


def _environment() -> Environment:
    environment = page_environment()
    environment.filters |= {
        "in_time": _in_time,
        "lasting": lasting,
        "moment": moment,
        "runs": runs_said,
        "sentence": first_sentence,
        "waits": wait_rows,
        "when": when,
    }
    environment.globals |= {"LANES": LANES, "Place": Place, "Verdict": Verdict, "signs": SIGNS}
    return environment


def _is_wrong(case: Shown) -> bool:
    return case.result.verdict is not Verdict.PASS


def _by_file(cases: Iterable[Shown]) -> Mapping[str, list[Shown]]:
    files: dict[str, list[Shown]] = {}
    for case in cases:
        files.setdefault(case.result.case.id.partition("::")[0], []).append(case)
    return files


def _in_time(timeline: Timeline) -> list[tuple[str, Mark]]:
    """All marks of all lanes in the order in which they begin, each with the name of its lane."""
    marks = ((LANES[lane.name], mark) for lane in timeline.lanes for mark in lane.marks)
    return sorted(marks, key=lambda each: each[1].from_us)
