"""The parts of a page: each case with what is shown of it, the totals, and the facts about the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.expectations import Finding, Verdict
from harness.expectations.invariants import Said
from harness.expectations.words import count, lasting
from harness.reports.exhibit import Exhibit, exhibit
from harness.reports.html.drawing import Drawing, drawing
from harness.reports.lines import shortened
from harness.reports.result import CaseResult, RunResult
from harness.trace import TraceError, load

if TYPE_CHECKING:
    from harness.runs import About

__all__ = ["NAME_CHARACTERS_MAX", "PARTICIPLES", "Shown", "Total", "facts", "shown", "title", "totals"]

PARTICIPLES = {
    Verdict.FAIL: "failed",
    Verdict.FLAKY: "flaky",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.PASS: "passed",
}
"""In the order in which they are told: what needs somebody first."""

REASONS_MAX = 20
KEPT = ("scenario.yaml", "trace.jsonl", "result.json")
NAME_CHARACTERS_MAX = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A case as the page shows it; `number` is its place in the page, from 1."""

    number: int
    result: CaseResult
    exhibit: Exhibit = field(default_factory=Exhibit)
    drawing: Drawing | None = None

    @property
    def name(self) -> str:
        """What stands behind the file in the case's id."""
        return shortened(self.result.case.id.partition("::")[2], NAME_CHARACTERS_MAX)

    @property
    def run(self) -> RunResult:
        return self.result.told_run

    @property
    def files(self) -> Mapping[str, str]:
        """What is kept of the run, each with its address as seen from the run folder, where the page lies."""
        if not self.run.trace_path:
            return {}
        folder = Path(self.run.trace_path).parent.name
        return {name: f"./{quote(folder)}/{name}" for name in KEPT}

    @property
    def first(self) -> str:
        """The expectation, or the rule, of which the sentence speaks; empty for a pass."""
        return next((finding.expectation for finding in self.run.judgement.reasons), "")

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """What broke besides that of which the sentence tells."""
        return self.run.judgement.reasons[1 : 1 + REASONS_MAX]

    @property
    def reasons_left(self) -> int:
        return max(0, len(self.run.judgement.reasons) - 1 - REASONS_MAX)

    @property
    def held(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.run.judgement.findings if finding.verdict is Verdict.PASS)

    @property
    def rules_kept(self) -> tuple[str, ...]:
        return tuple(number for number, said in self.run.judgement.rulings.items() if said.said is Said.KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    verdict: Verdict
    cases: int
    participle: str


def shown(results: Iterable[CaseResult]) -> tuple[Shown, ...]:
    """The cases in the order of the page: what did not pass first, then the order in which they were given."""
    ranks = {verdict: rank for rank, verdict in enumerate(PARTICIPLES)}
    ordered = sorted(results, key=lambda result: ranks[result.verdict])
    return tuple(_shown(number, result) for number, result in enumerate(ordered, start=1))


def totals(results: Sequence[CaseResult]) -> tuple[Total, ...]:
    counted = Counter(result.verdict for result in results)
    return tuple(
        Total(verdict=verdict, cases=counted[verdict], participle=participle)
        for verdict, participle in PARTICIPLES.items()
        if counted[verdict]
    )


def title(results: Sequence[CaseResult], *, interrupted: bool = False) -> str:
    """`2 of 432 cases did not pass`."""
    return _outcome(results) + (", then it was interrupted" if interrupted else "")


def _outcome(results: Sequence[CaseResult]) -> str:
    wrong = sum(result.verdict is not Verdict.PASS for result in results)
    if not results:
        return "nothing was played"
    if len(results) == 1:
        return "the one case did not pass" if wrong else "the one case passed"
    return f"{wrong} of {len(results)} cases did not pass" if wrong else f"all {len(results)} cases passed"


def facts(results: Sequence[CaseResult], about: About | None) -> Iterator[str]:
    """What was played, where and with what: a sentence each."""
    runs = [run for result in results for run in result.runs]
    clocks = dict.fromkeys(run.clock for run in runs if run.clock)
    if runs:
        on = f" on the {' and the '.join(clocks)} clock" if clocks else ""
        yield f"{count(len(runs), 'run')}, {_long(sum(run.lasted_us for run in runs))} of calls{on}"
    late_us = max((run.exhibit.host.late_us for run in runs if run.exhibit and run.exhibit.host), default=0)
    if "real" in clocks:
        yield f"this host's timers were late by {lasting(late_us)} at worst"
    if about is None:
        return
    yield f"deadair {about.deadair}, {about.python}, {about.platform}, {about.proxy} fault proxy"
    if about.client:
        yield f"client {about.client}"
    if about.began:
        yield f"begun {about.began}"


def _shown(number: int, result: CaseResult) -> Shown:
    found = _exhibit(result.told_run)
    drawn = drawing(found.timeline) if found.timeline is not None else None
    return Shown(number=number, result=result, exhibit=found, drawing=drawn)


def _exhibit(run: RunResult) -> Exhibit:
    """What came with the result, or else what its trace gives."""
    if run.exhibit is not None:
        return run.exhibit
    if not run.trace_path or not Path(run.trace_path).is_file():
        return Exhibit(trouble="there is no trace of this run, so nothing of it can be drawn")
    try:
        return exhibit(load(run.trace_path), run.judgement)
    except TraceError as error:
        return Exhibit(trouble=str(error))


def _long(us: int) -> str:
    """A span that may be long: `2 h 29 min`, `1 min 41 s`, `9.3 s`."""
    minutes, seconds = divmod(us // 1_000_000, 60)
    hours, minutes_left = divmod(minutes, 60)
    if not minutes:
        return lasting(us)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {seconds} s"
