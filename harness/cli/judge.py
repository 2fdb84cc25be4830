"""`deadair judge`: judge recorded traces again, with today's rules."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import SETTINGS
from harness.cli.formats import WORDS, Form, format_option, takes_standard_output, tell
from harness.cli.kept_runs import is_trace, verdict_then
from harness.errors import DeadairError
from harness.expectations.words import count
from harness.reports import CaseResult, Report, Terminal, exit_code, judged, results_of, write_summary
from harness.reports.lines import Line, Span, printable
from harness.reports.result import RunResult
from harness.reports.text import first_sentence
from harness.runs import KeptRun, open_run, split_name
from harness.scenario.model import Case
from harness.trace import Trace, TraceError, load

__all__ = ["judge"]

EXIT_WRONG_CALL = 2


@click.command(context_settings=SETTINGS)
@click.argument("traces", nargs=-1, required=True)
@click.option(
    "--result", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this JSON file, too."
)
@format_option
def judge(traces: tuple[str, ...], result: Path | None, forms: tuple[Form, ...]) -> None:
    """Judge recorded TRACES again, with today's rules; nothing is run.

    TRACES are trace files, run folders, archives of them, or RUN::case. Traces of one case count as its runs. Of a run
    folder it is told which verdicts have changed since it was played. Exits with 0 if all pass, 1 if one fails, 2 if a
    trace cannot be read, 3 if one is inconclusive.

    \b
    deadair judge latest
    deadair judge 'from-ci.zip::a polite goodbye' elsewhere/trace.jsonl
    """
    began_s = time.monotonic()
    words = sys.stderr if takes_standard_output(forms) else sys.stdout
    terminal = Terminal(words, environ=os.environ)
    runs: list[tuple[Case, RunResult]] = []
    results: list[CaseResult] = []
    changes: list[Line] = []
    errors: list[DeadairError] = []
    for name in traces:
        try:
            if is_trace(name):
                trace = load(name)
                runs.append((_case(trace, Path(name)), replace(judged(trace), trace_path=name)))
            else:
                of_run, changed = _of_run(name)
                results += of_run
                changes += changed
        except DeadairError as error:
            errors.append(error)
    results = [*_by_case(runs), *results]
    report = Report(results=tuple(results))
    for one in results:
        terminal.told(one)
    if results:
        terminal.summed_up(replace(report, took_s=time.monotonic() - began_s))
    for line in changes:
        terminal.line(line)
    for unreadable in errors:
        click.echo(str(unreadable), err=True)
    if result is not None:
        write_summary(result, report)
    tell(report, [form for form in forms if form != WORDS])
    raise SystemExit(EXIT_WRONG_CALL if errors else exit_code(results))


def _of_run(name: str) -> tuple[list[CaseResult], list[Line]]:
    """What a run folder comes to today, and what was said otherwise when it was played."""
    run, case = split_name(name)
    opened = open_run(run)
    kept = opened.find(case)
    results = results_of(opened, kept)
    return results, list(_changes(name, kept, results))


def _changes(name: str, kept: Iterable[KeptRun], results: Iterable[CaseResult]) -> Iterator[Line]:
    """A line for each case with a run whose verdict is another one today; or one line that says that there is none."""
    then: dict[str, list[str]] = {}
    for one in kept:
        then.setdefault(one.case_id, []).append(verdict_then(one))
    compared = changed = 0
    for result in results:
        was = [verdict for verdict in then.get(result.case.id, []) if verdict]
        today = [run.verdict.value for run in (*result.retried, *result.runs)]
        compared += bool(was)
        if was and sorted(was) != sorted(today):
            changed += 1
            sentence = first_sentence(result)
            told = f"{', '.join(dict.fromkeys(was))} then, {', '.join(dict.fromkeys(today))} today"
            text = f" {result.case.id}: {told}{': ' + sentence if sentence else ''}"
            yield (Span("changed", "bad"), Span(printable(text)))
    if compared and not changed:
        yield (Span(f"{printable(name)}: {count(compared, 'case')} as then", "dim"),)


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
