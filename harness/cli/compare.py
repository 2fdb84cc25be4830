"""`deadair compare`: what is different between two versions, and whether it is a regression."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.jobs import jobs_option
from harness.cli.played_sides import a_sigterm_interrupts, played_sides
from harness.cli.sides import Asked, Revision, what_is
from harness.errors import DeadairError
from harness.regression.document import as_json
from harness.regression.drift import Drift, drift, exit_code
from harness.regression.gate import SAMPLES_MIN
from harness.regression.markdown import as_markdown
from harness.regression.page import as_page
from harness.regression.terminal import drift_lines
from harness.reports import Terminal
from harness.revisions import Plan
from harness.scenario.catalogue import PROVIDERS

__all__ = ["compare"]

FOLDER = Path(".deadair/compare")

WRITTEN: Mapping[str, Callable[[Drift], str]] = {"markdown": as_markdown, "html": as_page, "json": as_json}
FORMATS = ("terminal", *WRITTEN)


@click.command(context_settings=SETTINGS)
@click.argument("base")
@click.argument("new")
@click.argument("paths", nargs=-1)
@click.option(
    "--clock",
    type=click.Choice(["virtual", "real"]),
    default="virtual",
    show_default=True,
    help="For revisions. virtual: exact, and quick. real: times as well, by statistics.",
)
@click.option(
    "--provider", "providers", type=click.Choice(PROVIDERS), multiple=True, help="Only cases of this provider."
)
@click.option("--client", metavar="NAME", help="Test this client, as 'deadair run --client' does.")
@click.option("-k", "text", metavar="TEXT", default="", help="Only cases that have this in their names.")
@click.option(
    "--times",
    type=click.IntRange(1, 1000),
    help=f"How often each revision is played on the real clock.  [default: {SAMPLES_MIN}]",
)
@jobs_option("How many processes to play in.")
@click.option(
    "--format",
    "forms",
    metavar="NAME[=FILE]",
    multiple=True,
    help=f"{', '.join(FORMATS)}; may be given several times. Without a file: on standard output.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder for the runs of revisions.  [default: {FOLDER}/<time>]",
)
def compare(
    base: str,
    new: str,
    paths: tuple[str, ...],
    clock: Literal["virtual", "real"],
    providers: tuple[str, ...],
    client: str | None,
    text: str,
    times: int | None,
    jobs: int,
    forms: tuple[str, ...],
    out: Path | None,
) -> None:
    """Say what is different between two versions of a client, and whether it is a regression.

    BASE and NEW are run folders or archives of them, baseline files, or git revisions, '.' being the working tree as it is.
    Revisions are played, each with the code and the scenarios of its own, in turns; PATHS and the options choose what.

    On the virtual clock verdicts, order and waits are compared exactly. On the real clock a time is called slower only if
    chance and the host are ruled out; otherwise '~' stands there, and the slowdown that would have been seen.

    Exits with 0 if nothing got worse, 1 if something did or is another behaviour, 2 if the call is wrong, 3 if it cannot
    be said.

    \b
    deadair compare HEAD~1 HEAD scenarios/tcp
    deadair compare deadair.baseline latest --format markdown
    deadair compare main . tests/scenarios --client my-app --clock real --times 30 --format html=compare.html
    """
    wanted = _forms(forms)
    if clock == "virtual" and times is not None:
        raise click.UsageError(
            "On the virtual clock once is enough: the same seed gives the same bytes. Leave out '--times'."
        )
    beside = Terminal(sys.stderr, environ=os.environ)
    try:
        with a_sigterm_interrupts():
            asked = (what_is(base), what_is(new))
            plan = Plan(
                clock=clock,
                times=1 if clock == "virtual" else times or SAMPLES_MIN,
                paths=tuple(paths) or _files_of(asked),
                selection=tuple(_selection(providers, client, text)),
                jobs=jobs,
                out=(out or FOLDER / datetime.now().strftime("%Y-%m-%d-%H%M%S-%f")).absolute(),
            )
            found = drift(*played_sides(asked, plan, beside))
    except KeyboardInterrupt:
        beside.console.print("interrupted: nothing can be said")
        raise SystemExit(EXIT_OURS) from None
    _tell(found, wanted)
    raise SystemExit(exit_code(found))


def _selection(providers: Sequence[str], client: str | None, text: str) -> Iterator[str]:
    for provider in providers:
        yield from ("--provider", provider)
    if client is not None:
        yield from ("--client", client)
    if text:
        yield from ("-k", text)


def _files_of(asked: Sequence[Asked]) -> tuple[str, ...]:
    """Where one side was played already, the other is played on the same files."""
    ids = (case_id for each in asked if not isinstance(each, Revision) for case_id in each.case_ids)
    return tuple(dict.fromkeys(case_id.partition("::")[0] for case_id in ids))


# ── what is told ─────────────────────────────────────────────────────────────


def _forms(asked: Sequence[str]) -> tuple[tuple[str, Path | None], ...]:
    forms = []
    for one in asked or ("terminal",):
        name, _, file = one.partition("=")
        if name not in FORMATS:
            raise click.UsageError(f"There is no format '{name[:80]}'. There are: {', '.join(FORMATS)}.")
        if file and not Path(file).parent.is_dir():
            # Before minutes are played, and not after.
            raise click.UsageError(f"'{file[:200]}' is in a folder that is not there: make it first.")
        forms.append((name, Path(file) if file else None))
    if sum(file is None for _, file in forms) > 1:
        raise click.UsageError("Standard output is for one format: write the others as NAME=FILE.")
    return tuple(forms)


def _tell(found: Drift, forms: Sequence[tuple[str, Path | None]]) -> None:
    if all(file is not None for _, file in forms):
        forms = [("terminal", None), *forms]
    for name, file in forms:
        if file is not None:
            _write(file, _text(found, name))
        elif name == "terminal":
            terminal = Terminal(sys.stdout, environ=os.environ)
            for line in drift_lines(found, ascii_only=terminal.ascii_only):
                terminal.line(line)
        else:
            click.echo(_text(found, name), nl=False)


def _text(found: Drift, name: str) -> str:
    if name != "terminal":
        return WRITTEN[name](found)
    return "".join("".join(span.text for span in line) + "\n" for line in drift_lines(found))


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise DeadairError(f"{path}: the comparison cannot be written: {error.strerror}") from error
