"""The page of a run: its totals, what did not pass and why, and then what did. Pure but for `write_report`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.expectations.words import count, lasting
from harness.reports.html.look import head, page_environment
from harness.reports.result import CaseResult, overall
from harness.reports.text import first_sentence

if TYPE_CHECKING:
    from harness.runs import About

__all__ = ["report_page", "write_report"]

TEMPLATE = "report.html.jinja"

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.FLAKY: "~"}
PARTICIPLES = {
    Verdict.FAIL: "failed",
    Verdict.FLAKY: "flaky",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.PASS: "passed",
}
"""In the order in which they are told: what needs somebody first."""


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
    environment = page_environment()
    environment.filters |= {"lasting": lasting, "sentence": first_sentence}
    wrong = [result for verdict in PARTICIPLES for result in results if result.verdict is verdict is not Verdict.PASS]
    return environment.get_template(TEMPLATE).render(
        head=head(styles=("look.css", "report.css")),
        title=_title(results),
        overall=overall(results),
        totals=_totals(results),
        facts=tuple(_facts(results, about)),
        wrong=wrong,
        files=_by_file(result for result in results if result.verdict is Verdict.PASS),
        signs=SIGNS,
        Verdict=Verdict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    verdict: Verdict
    cases: int
    participle: str


def _totals(results: Sequence[CaseResult]) -> tuple[Total, ...]:
    counted = Counter(result.verdict for result in results)
    return tuple(
        Total(verdict=verdict, cases=counted[verdict], participle=participle)
        for verdict, participle in PARTICIPLES.items()
        if counted[verdict]
    )


def _title(results: Sequence[CaseResult]) -> str:
    """`2 of 432 cases did not pass`."""
    wrong = sum(result.verdict is not Verdict.PASS for result in results)
    if not results:
        return "nothing was played"
    if wrong:
        return f"{wrong} of {count(len(results), 'case')} did not pass"
    return "the one case passed" if len(results) == 1 else f"all {len(results)} cases passed"


def _facts(results: Sequence[CaseResult], about: About | None) -> Iterable[str]:
    runs = [run for result in results for run in result.runs]
    clocks = dict.fromkeys(run.clock for run in runs if run.clock)
    if runs:
        on = f" on the {' and the '.join(clocks)} clock" if clocks else ""
        yield f"{count(len(runs), 'run')}, {lasting(sum(run.lasted_us for run in runs))} of calls{on}"
    if about is None:
        return
    yield f"deadair {about.deadair}, {about.python}, {about.platform}"
    yield f"fault proxy: {about.proxy}"
    if about.client:
        yield f"client: {about.client}"
    if about.began:
        yield f"begun {about.began}"


def _by_file(results: Iterable[CaseResult]) -> Mapping[str, list[CaseResult]]:
    files: dict[str, list[CaseResult]] = {}
    for result in results:
        files.setdefault(result.case.id.partition("::")[0], []).append(result)
    return files
