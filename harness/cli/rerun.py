"""`deadair rerun`: play kept runs again, exactly, and say whether they come out the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.again import new_folder, play_all, prepared
from harness.cli.kept_runs import verdict_then
from harness.expectations import Verdict
from harness.replay import difference
from harness.reports import CaseResult, Terminal, results_of
from harness.reports.difference import difference_lines
from harness.reports.lines import Line, Span
from harness.reports.text import first_sentence
from harness.runs import KeptRun, Run, RunError, about_here, differences, open_run, split_name
from harness.trace import load

__all__ = ["rerun"]


@click.command(context_settings=SETTINGS)
@click.argument("run")
@click.option("--all", "all_of_them", is_flag=True, help="Play what passed, too.")
@click.option(
    "--client", metavar="NAME", help="Test this client in the place of the one that was tested, as in 'deadair run'."
)
@click.option(
    "--proxy",
    type=click.Choice(["embedded", "toxiproxy"]),
    help="The fault proxy on the real clock.  [default: the one of then]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for what comes of it, as in 'deadair run'.",
)
def rerun(
    run: str,
    all_of_them: bool,
    client: str | None,
    proxy: Literal["embedded", "toxiproxy"] | None,
    out: Path | None,
) -> None:
    """Play what RUN keeps again: same scenario, seed, clock and proxy; and say whether it comes out the same.

    RUN is a run folder, an archive of one, the name of one below .deadair/runs, or 'latest'; RUN::case means one case, and
    without it all that did not pass are played. What is different on this machine is told first. On the virtual clock
    the two runs are compared event for event. Exits as 'deadair run' does.

    \b
    deadair rerun latest
    deadair rerun 'from-ci.zip::a polite goodbye'
    """
    name, case = split_name(run)
    opened = open_run(name)
    kept = opened.find(case)
    terminal = Terminal(sys.stdout, environ=os.environ)
    if not case and not all_of_them:
        all_kept = kept
        kept = tuple(one for one in all_kept if verdict_then(one) != Verdict.PASS.value)
        passed = len(all_kept) - len(kept)
        if not kept:
            _say(
                terminal, f"all {passed} runs passed: there is nothing to play again. '--all' plays them nevertheless."
            )
            raise SystemExit(0)
        _say(
            terminal, f"{len(kept)} of {len(kept) + passed} runs did not pass, and are played again; '--all' plays all"
        )
    _check_no_replay(kept)
    behind = proxy or opened.about.proxy
    folder = new_folder(out)
    chosen = client or opened.about.client
    plays = prepared(kept, folder, client=client)
    for version in differences(opened.about, about_here(runs=(), proxy=behind)):
        _say(terminal, f"different: {version}")
    try:
        report = play_all(plays, terminal, folder, proxy=behind, client=chosen, selection=("rerun", run))
    except KeyboardInterrupt:
        raise SystemExit(EXIT_OURS) from None
    terminal.summed_up(report)
    _say(terminal, "")
    traces = [play.task.trace_path for play in plays]
    for line in _compared(opened, kept, traces, report.results, several=len(kept) > 1):
        terminal.line(line)
    _say(terminal, f"traces and results: {folder}")
    raise SystemExit(report.exit_code)


def _check_no_replay(kept: Sequence[KeptRun]) -> None:
    """A run folder of a replay has the script of another run, which is not in it."""
    if len(kept) == 1 and kept[0].trace_path.is_file() and kept[0].trace().header.environment.get("replay"):
        raise RunError(
            f"'{kept[0].case_id}' was a replay here: replay again what it replayed. See 'deadair replay -h'."
        )


def _compared(
    run: Run, kept: Sequence[KeptRun], traces: Sequence[Path], now: Sequence[CaseResult], *, several: bool
) -> Iterator[Line]:
    """Whether each case came to the same, and whether the same happened in each run. Both are judged by today's rules."""
    then = {result.case.id: result for result in results_of(run, kept)}
    for result in now:
        before = then.get(result.case.id)
        if before is not None:
            yield _came_out(before, result)
    for one, trace in zip(kept, traces, strict=True):
        if one.trace_path.is_file() and trace.is_file():
            if several:
                yield (Span(one.case_id, "dim"),)
            yield from difference_lines(difference(one.trace(), load(trace)), left="then", right="now")


def _came_out(then: CaseResult, now: CaseResult) -> Line:
    if _essence(then) == _essence(now):
        return (Span("came out the same: ", "good"), Span(_said(now)))
    return (Span("came out differently: ", "bad"), Span(f"was {_said(then)}; now {_said(now)}"))


def _essence(result: CaseResult) -> tuple[str, ...]:
    """What has to be the same. Sentences tell times, which are never the same twice on the real clock."""
    if result.told_run.clock == "virtual":
        return result.verdict.value, first_sentence(result)
    return result.verdict.value, *(reason.expectation for reason in result.told_run.judgement.reasons[:1])


def _said(result: CaseResult) -> str:
    sentence = first_sentence(result)
    return f"{result.verdict.value}: {sentence}" if sentence else result.verdict.value


def _say(terminal: Terminal, words: str) -> None:
    terminal.line((Span(words),))
