"""`deadair judge`: judge recorded traces again, with today's rules."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import SETTINGS
from harness.reports import CaseResult, Report, Terminal, exit_code, judged, write_summary
from harness.reports.result import RunResult
from harness.scenario.model import Case
from harness.trace import Trace, TraceError, load

__all__ = ["judge"]

EXIT_WRONG_CALL = 2


@click.command(context_settings=SETTINGS)
@click.argument("traces", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--result", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this JSON file, too."
)
def judge(traces: tuple[Path, ...], result: Path | None) -> None:
    """Judge recorded TRACES again, with today's rules; nothing is run.

    Traces of one case count as its runs. Exits with 0 if all pass, 1 if one fails, 2 if a trace cannot be read, 3 if
    one is inconclusive.
    """
    began_s = time.monotonic()
    terminal = Terminal(sys.stdout, environ=os.environ)
    runs: list[tuple[Case, RunResult]] = []
    errors: list[TraceError] = []
    for path in traces:
        try:
            trace = load(path)
            runs.append((_case(trace, path), replace(judged(trace), trace_path=str(path))))
        except TraceError as error:
            errors.append(error)
    results = _by_case(runs)
    for one in results:
        terminal.told(one)
    if results:
        terminal.summed_up(Report(results=tuple(results), took_s=time.monotonic() - began_s))
    for unreadable in errors:
        click.echo(str(unreadable), err=True)
    if result is not None:
        write_summary(result, Report(results=tuple(results)))
    raise SystemExit(EXIT_WRONG_CALL if errors else exit_code(results))


def _case(trace: Trace, path: Path) -> Case:
    try:
        return Case.model_validate(trace.header.case)
    except ValueError as error:
        reason = " ".join(str(error).split())[:300]
        raise TraceError(f"{path}:1: this deadair cannot read the case of this trace: {reason}") from error


def _by_case(runs: Iterable[tuple[Case, RunResult]]) -> list[CaseResult]:
    cases: dict[str, Case] = {}
    found: dict[str, list[RunResult]] = {}
    for case, run in runs:
        cases.setdefault(case.id, case)
        found.setdefault(case.id, []).append(run)
    return [CaseResult(case=cases[name], runs=tuple(of_case)) for name, of_case in found.items()]
