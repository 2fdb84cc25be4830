"""`deadair baseline`: keep what the cases are like in a file, to compare with later."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from harness.cli import SETTINGS
from harness.cli.sides import judged_again, read_baseline
from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.expectations.words import count
from harness.regression.baseline import Baseline, written
from harness.regression.drift import Side, drift
from harness.regression.gathered import yardstick_in
from harness.regression.terminal import drift_lines, profile_lines
from harness.reports import Terminal
from harness.runs import open_run

__all__ = ["baseline"]

FILE = "deadair.baseline"

file_option = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(FILE),
    show_default=True,
    help="The baseline file.",
)


@click.group(context_settings=SETTINGS)
def baseline() -> None:
    """Keep what the cases are like in a file, to compare with later.

    The file is made to be committed: 'deadair compare deadair.baseline latest' then says what has changed since, and
    'deadair baseline update' agrees to it.
    """


@baseline.command(context_settings=SETTINGS)
@click.argument("run", default="latest")
@file_option
@click.option("--prune", is_flag=True, help="Forget the cases that RUN does not have.")
def update(run: str, path: Path, prune: bool) -> None:
    """Put the cases of RUN into the baseline file, in the place of what it has of them, and say what changes by that.

    RUN is a run folder, an archive of one, the name of one below .deadair/runs, or 'latest'. Cases that the file has and RUN
    does not are left as they are. What is inconclusive says nothing, and is left out.
    """
    played = open_run(run)
    found = Baseline(profiles=judged_again(played.kept), yardstick_us=yardstick_in(played.place))
    before = read_baseline(path) if path.exists() else Baseline()
    after = before.updated(found, prune=prune)
    _write(path, written(after))
    _say(before, after, found, path)


@baseline.command(context_settings=SETTINGS)
@click.argument("text", default="")
@file_option
def show(text: str, path: Path) -> None:
    """Show what the baseline file has of the cases that have TEXT in their names."""
    profiles = read_baseline(path).profiles
    terminal = Terminal(sys.stdout, environ=os.environ)
    shown = [each for each in profiles.values() if text.lower() in each.case_id.lower()]
    if not shown:
        raise click.UsageError(f"None of its {count(len(profiles), 'case')} has '{text}' in its name.")
    for each in shown:
        for line in profile_lines(each, ascii_only=terminal.ascii_only):
            terminal.line(line)


def _say(before: Baseline, after: Baseline, found: Baseline, path: Path) -> None:
    """What the update changes, and what a reader should know of it."""
    terminal = Terminal(sys.stdout, environ=os.environ)
    if before.profiles:
        until_now = Side(name=f"{path} until now", profiles=before.profiles)
        for line in drift_lines(
            drift(until_now, Side(name="from now on", profiles=after.profiles)), ascii_only=terminal.ascii_only
        ):
            terminal.line(line)
    terminal.console.print(f"{path}: {count(len(after.profiles), 'case')}", markup=False, highlight=False)
    verdicts = [each.verdict for each in found.profiles.values()]
    if failing := sum(verdict in (Verdict.FAIL, Verdict.FLAKY) for verdict in verdicts):
        terminal.console.print(f"{count(failing, 'case')} of it did not pass, and that is what is agreed to now")
    if unclear := verdicts.count(Verdict.INCONCLUSIVE):
        terminal.console.print(f"left out, since inconclusive: {count(unclear, 'case')}")


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a baseline that was cut off is worse than the old one."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_bytes(text.encode("utf-8", errors="backslashreplace"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DeadairError(f"{path}: the baseline cannot be written: {error.strerror}") from error
