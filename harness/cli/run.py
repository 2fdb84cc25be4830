"""`deadair run`: play scenarios and say whether the calls survived."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.estimate import virtual_estimate_s
from harness.cli.formats import WORDS, Form, add_job_summary, format_option, takes_standard_output, tell
from harness.cli.jobs import jobs_option
from harness.cli.plays import playable, prepare
from harness.cli.selection import select
from harness.cli.session import Clock, Play, Session, entry_of
from harness.cli.tested import clock_of, go_on_where_it_lives, told_clients, way_named, with_client
from harness.errors import DeadairError
from harness.faults.toxiproxy_process import find_toxiproxy
from harness.reports import Report, Terminal, Unplayed, write_page, write_summary
from harness.revisions import beside
from harness.runner.task import How
from harness.runs import RUNS_FOLDER, about_here, write_about
from harness.scenario import Case
from harness.scenario.catalogue import PROVIDERS

__all__ = ["run"]

PAGE = "report.html"

LONG_S = 10.0
"""Who has waited so long is told what virtual time would take; to find that out takes a second or two itself."""

RUNS_WORTH_A_PROCESS = 4
"""What it takes to begin a process would play more than these on the virtual clock; on the real one they are over no sooner in
two processes than in one."""

RETRIES_MAX = 10
"""A case that does not pass after so many is not unlucky."""


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1)
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="real: this machine's clock and sockets. virtual: a clock that jumps over every wait.",
)
@click.option(
    "--proxy",
    type=click.Choice(["auto", "toxiproxy", "embedded"]),
    default="auto",
    show_default=True,
    help="The fault proxy on the real clock; auto takes Toxiproxy where there is one.",
)
@click.option(
    "--provider",
    "providers",
    type=click.Choice(PROVIDERS),
    multiple=True,
    help="Only cases of this provider; may be given several times.",
)
@click.option(
    "--client",
    metavar="NAME",
    help="Test this client in the place of the scenarios' own: a name from pyproject.toml, a known client, or python:module:factory.",
)
@click.option("-k", "text", metavar="TEXT", default="", help="Only cases that have this in their names.")
@jobs_option("How many processes to play in; if it is not said, at most one for 4 runs.")
@click.option("--seed", type=click.IntRange(0), help="Play every case once, with this seed, instead of its own.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder for scenarios, traces and results.  [default: {RUNS_FOLDER}/<time>]",
)
@format_option
@click.option(
    "--retries",
    type=click.IntRange(0, RETRIES_MAX),
    default=0,
    help="Play a case that did not pass again, so often at most; one that then passes is flaky, which is told and counted.",
)
@click.option("--fail-on-flaky", is_flag=True, help="Exit with 1 if a case passed only when it was played again.")
def run(
    paths: tuple[str, ...],
    clock: Clock,
    proxy: str,
    providers: tuple[str, ...],
    client: str | None,
    text: str,
    jobs: int,
    seed: int | None,
    out: Path | None,
    forms: tuple[Form, ...],
    retries: int,
    fail_on_flaky: bool,
) -> None:
    """Play scenarios and say whether the calls survived.

    PATHS are files, folders, or single cases (file.yaml::case); without any, the whole pack is played. On the real
    clock all cases run side by side, so that they take about as long as the longest of them; cases that say 'clock: real'
    are left out on the virtual one, and so are clients that are programs of their own.

    The last lines name the folder of the run, with traces, result.json and report.html. On GitHub Actions there are
    annotations and a summary of the job, too.

    \b
    deadair run scenarios/tcp --provider deepgram
    deadair run 'scenarios/examples/gives_up.yaml::gives up only after 1+2+4+8+16[provider=deepgram]' --clock virtual
    """
    selection = select(paths, text=text, providers=providers)
    if client is not None:
        way = way_named(client)
        if clock == "virtual":
            go_on_where_it_lives(way)
        selection = with_client(selection, way)
    # A client named `python:module:factory` is looked for where the user is, too.
    sys.path.insert(0, str(Path.cwd()))
    words = sys.stderr if takes_standard_output(forms) else sys.stdout
    annotates = not any(form.name == "github" and form.file is None for form in forms)
    terminal = Terminal(words, environ=os.environ, annotates=annotates)
    how_real = How(clock="real", toxiproxy=_toxiproxy(proxy))
    folder = out or RUNS_FOLDER / datetime.now().strftime("%Y-%m-%d-%H%M%S-%f")
    told = told_clients(selection.cases, clock)
    cases, left_out = playable(selection.cases, clock)
    plays = prepare(replace(selection, cases=cases), clock, seed, folder)
    about = about_here(
        runs=map(entry_of, plays),
        proxy="embedded" if how_real.toxiproxy is None else "toxiproxy",
        client=client or "",
        selection=(*paths, *(("-k", text) if text else ()), *(f"--provider={name}" for name in providers)),
        began=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_about(folder, about)
    jobs = _jobs(jobs, len(plays))
    _announce(terminal, plays, how_real)
    for line in told:
        terminal.console.print(f"client {line}", markup=False, highlight=False)
    if left_out:
        terminal.console.print(f"left out: {len(left_out)} that can be played on the real clock only")
    session = Session(terminal, plays, client=client or "", retries=retries)
    began_s = time.monotonic()
    interrupted = not _played_to_the_end(session, plays, how_real, jobs, folder)
    took_s = time.monotonic() - began_s
    if session.played_again:
        about = about.model_copy(update={"runs": (*about.runs, *session.played_again)})
        write_about(folder, about)
    report = Report(
        results=tuple(session.results),
        unplayed=tuple(_unplayed(left_out, session.unfinished)),
        took_s=took_s,
        interrupted=interrupted,
        fail_on_flaky=fail_on_flaky,
        about=about,
        page=str(folder / PAGE),
        project=_project_in_repository(selection.root),
    )
    virtually = [play for play in plays if clock_of(play.task.case) != "real"]
    is_long = clock == "real" and took_s > LONG_S and virtually == plays and not interrupted
    terminal.summed_up(report, virtual_took_s=virtual_estimate_s(virtually, jobs) if is_long else None)
    is_written = _written(report, forms, folder)
    terminal.console.print(f"report: {folder / PAGE}")
    terminal.console.print(f"traces and results: {folder}")
    raise SystemExit(report.exit_code if is_written else report.exit_code or EXIT_OURS)


def _written(report: Report, forms: tuple[Form, ...], folder: Path) -> bool:
    """Write all that is to be written of a report. What cannot be is told, and keeps nothing else from it: a full disk is
    no reason to call a failure of the client a wrong call."""
    steps: tuple[Callable[[], None], ...] = (
        lambda: write_summary(folder / "result.json", report),
        lambda: tell(report, [form for form in forms if form != WORDS]),
        lambda: add_job_summary(report, os.environ),
        lambda: write_page(folder / PAGE, report),
    )
    is_written = True
    for write in steps:
        try:
            write()
        except DeadairError as error:
            click.echo(str(error), err=True)
            is_written = False
    return is_written


def _played_to_the_end(session: Session, plays: list[Play], how_real: How, jobs: int, folder: Path) -> bool:
    """Play all; False if Ctrl-C came before that was over. Times of the real clock get a yardstick into `folder`."""
    try:
        with session.progress():
            for of_clock in ("virtual", "real"):
                how = how_real if of_clock == "real" else How(clock="virtual")
                tasks = [play.task for play in plays if play.clock == of_clock]
                with beside(folder) if of_clock == "real" and tasks else nullcontext():
                    session.play(tasks, how, jobs)
    except KeyboardInterrupt:
        session.settle()
        return False
    return True


def _unplayed(left_out: tuple[Case, ...], unfinished: list[Case]) -> Iterator[Unplayed]:
    for case in left_out:
        yield Unplayed(case_id=case.id, place=case.place, why="it can be played on the real clock only")
    for case in unfinished:
        yield Unplayed(case_id=case.id, place=case.place, why="it was not over when the run was interrupted")


def _project_in_repository(root: Path) -> str:
    """Where the project is, seen from the repository that it is in; "" if it is there, or in none."""
    for place in (root, *root.parents):
        if (place / ".git").exists():
            return "" if place == root else root.relative_to(place).as_posix()
    return ""


def _jobs(given: int, runs: int) -> int:
    """As many as were asked for; if nobody asked, no more than are worth their start."""
    is_asked_for = click.get_current_context().get_parameter_source("jobs") is not ParameterSource.DEFAULT
    return given if is_asked_for else min(given, math.ceil(runs / RUNS_WORTH_A_PROCESS))


def _toxiproxy(asked: str) -> str | None:
    found = find_toxiproxy() if asked != "embedded" else None
    if found is None and asked == "toxiproxy":
        raise DeadairError(
            "no Toxiproxy was found: 'deadair doctor' says how to get it, and '--proxy embedded' goes without it."
        )
    return found


def _announce(terminal: Terminal, plays: list[Play], how: How) -> None:
    runs = f"{len(plays)} run{'' if len(plays) == 1 else 's'}"
    clocks = {play.clock for play in plays}
    if clocks == {"virtual"}:
        terminal.console.print(f"{runs} on the virtual clock")
        return
    behind = "Toxiproxy" if how.toxiproxy is not None else "the embedded fault proxy"
    longest_s = max(play.task.case.expect.end.by_us for play in plays if play.clock == "real") / 1e6
    terminal.console.print(f"{runs} on the real clock, side by side behind {behind}; at most {longest_s:g} s each")
