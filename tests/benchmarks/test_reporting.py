"""What reporting adds to a run of the pack on the virtual clock: the share of its processor time, printed and not asserted.

A sample of the pack is played and judged; then all that is told of a run is made of as many results as the pack has.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

import harness.scenario
import scenarios
from harness.expectations import judge
from harness.reports import FORMATS, CaseResult, Report, RunResult, Terminal, write_page, write_summary
from harness.reports.exhibit import exhibit
from harness.scenario.model import Case
from tests.support.plays import played_here

PACK = Path(scenarios.__file__).resolve().parent
ONE_IN = 24


class Spent:
    """Seconds of the processor, by what they were spent on."""

    def __init__(self) -> None:
        self.on: dict[str, float] = {}

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        began_s = time.process_time()
        yield
        self.on[what] = self.on.get(what, 0.0) + time.process_time() - began_s


def test_reporting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = [case for case in harness.scenario.load([PACK], root=PACK.parent).checked() if case.clock != "real"]
    spent, results = Spent(), []
    for case in pack[::ONE_IN]:
        with spent.measured("playing"):
            trace = played_here(case, tmp_path)
        with spent.measured("judging"):
            judgement = judge(trace)
        with spent.measured("exhibits"):
            shown = exhibit(trace, judgement)
        with spent.measured("the pipe to the parent"):
            run = pickle.loads(pickle.dumps(RunResult(judgement=judgement, exhibit=shown, clock="virtual")))
        results.append(CaseResult(case=case, runs=(run,)))
    scale = len(pack) / len(results)
    told = Spent()
    for name in ("exhibits", "the pipe to the parent"):
        told.on[name] = spent.on[name] * scale
    report = Report(results=tuple(_named(results[number % len(results)], case) for number, case in enumerate(pack)))
    _tell(report, tmp_path, told)

    run_s = (spent.on["playing"] + spent.on["judging"]) * scale
    with capsys.disabled():
        print(
            f"\nreporting {len(report.results)} cases: {sum(told.on.values()) / run_s:.1%} of {run_s:.1f} s of playing"
        )
        for what, cost_s in told.on.items():
            print(f"    {what:<24} {cost_s:6.2f} s  {cost_s / run_s:.1%}")
    assert (tmp_path / "report.html").stat().st_size > 0


def _named(result: CaseResult, case: Case) -> CaseResult:
    return replace(result, case=case)


def _tell(report: Report, folder: Path, told: Spent) -> None:
    terminal = Terminal(StringIO(), environ={})
    with told.measured("words"):
        for result in report.results:
            terminal.told(result)
    with told.measured("result.json of each run"):
        for result in report.results:
            write_summary(folder / "case.json", Report(results=(result,)))
    with told.measured("result.json"):
        write_summary(folder / "result.json", report)
    with told.measured("report.html"):
        write_page(folder / "report.html", report)
    forms: dict[str, Callable[[Report], str]] = {name: FORMATS[name] for name in ("junit", "ctrf", "markdown")}
    for name, form in forms.items():
        with told.measured(f"--format {name}"):
            form(report)
