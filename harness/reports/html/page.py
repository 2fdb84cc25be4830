"""The page of a run: its totals, what did not pass and why, and then what did. Pure but for `write_report`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.expectations.invariants import INVARIANTS
from harness.expectations.words import lasting, moment
from harness.reports.exhibit import LANES, Mark, Place, Timeline
from harness.reports.exhibit.marks import when
from harness.reports.html.look import head, page_environment
from harness.reports.html.parts import NAME_CHARACTERS_MAX, Shown, facts, shown, title, totals
from harness.reports.html.sheets import sheets
from harness.reports.html.waits import wait_rows
from harness.reports.lines import shortened
from harness.reports.report import Unplayed
from harness.reports.result import CaseResult
from harness.reports.text import first_sentence, runs_said

if TYPE_CHECKING:
    from harness.runs import About

__all__ = ["report_page", "write_report"]

TEMPLATE = "report.html.jinja"

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.FLAKY: "~"}

FEW_CASES = 5
"""So many are shown in full, whether they passed or not."""


def write_report(
    path: Path,
    results: Sequence[CaseResult],
    about: About | None,
    *,
    interrupted: bool = False,
    unplayed: Sequence[Unplayed] = (),
) -> None:
    """Write the `report_page` of these to a file whose folder exists.

    Raises:
        DeadairError: If it cannot be written.
    """
    try:
        page = report_page(results, about, interrupted=interrupted, unplayed=unplayed)
        path.write_bytes(page.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise DeadairError(f"{path}: the report cannot be written: {error.strerror}") from error


def report_page(
    results: Sequence[CaseResult],
    about: About | None,
    *,
    interrupted: bool = False,
    unplayed: Sequence[Unplayed] = (),
) -> str:
    """The whole report as the text of a file.

    Args:
        results: In the order in which they are told; what did not pass comes first all the same.
        about: What the run folder says of itself; None where there is none.
        interrupted: Whether it was ended before all was played.
        unplayed: What was meant and says nothing, each with the reason.
    """
    cases = shown(results)
    in_full = cases if len(cases) <= FEW_CASES else tuple(case for case in cases if _is_wrong(case))
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            head=head(styles=("look.css", "report.css"), scripts=("report.js",)),
            title=title(results, interrupted=interrupted),
            totals=totals(results),
            facts=tuple(facts(results, about)),
            in_full=in_full,
            files=_by_file(cases[len(in_full) :]),
            sheets=sheets(cases, in_full=in_full),
            interrupted=interrupted,
            unplayed=_by_reason(unplayed),
        )
    )


@functools.cache
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
    environment.globals |= {"LANES": LANES, "Place": Place, "RULES": INVARIANTS, "signs": SIGNS}
    return environment


def _is_wrong(case: Shown) -> bool:
    return case.result.verdict is not Verdict.PASS


def _by_file(cases: Iterable[Shown]) -> Mapping[str, list[Shown]]:
    files: dict[str, list[Shown]] = {}
    for case in cases:
        files.setdefault(case.result.case.id.partition("::")[0], []).append(case)
    return files


def _by_reason(unplayed: Iterable[Unplayed]) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for each in unplayed:
        reasons.setdefault(each.why, []).append(shortened(each.case_id, NAME_CHARACTERS_MAX))
    return reasons


def _in_time(timeline: Timeline) -> list[tuple[str, Mark]]:
    """All marks of all lanes in the order in which they begin, each with the name of its lane."""
    marks = ((LANES[lane.name], mark) for lane in timeline.lanes for mark in lane.marks)
    return sorted(marks, key=lambda each: each[1].from_us)
