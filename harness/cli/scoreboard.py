"""`deadair scoreboard`: which clients keep which rules, and what speaks against the others."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.jobs import jobs_option
from harness.cli.selection import PACK, select
from harness.errors import DeadairError
from harness.reports import Terminal
from harness.scenario import project_root
from harness.scoreboard import Board, Contender, Entry, board
from harness.scoreboard.choice import QUICK_CASES, quick
from harness.scoreboard.contenders import contenders, own_version
from harness.scoreboard.document import as_json
from harness.scoreboard.markdown import as_markdown
from harness.scoreboard.page import as_page
from harness.scoreboard.play import Progress, play_all
from harness.scoreboard.terminal import board_lines

__all__ = ["scoreboard"]

FOLDER = Path(".deadair/scoreboard")

WRITTEN: Mapping[str, Callable[..., str]] = {"markdown": as_markdown, "json": as_json, "html": as_page}
FILES = {"markdown": "scoreboard.md", "json": "scoreboard.json", "html": "scoreboard.html"}


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1)
@click.option("--client", "names", multiple=True, metavar="NAME", help="Only this client; may be given several times.")
@click.option(
    "--clock",
    type=click.Choice(["auto", "virtual", "real"]),
    default="auto",
    show_default=True,
    help="auto: each client on the virtual clock if it runs there.",
)
@click.option("--quick", "in_short", is_flag=True, help=f"At most {QUICK_CASES} cases of each class of incidents.")
@jobs_option("How many clients to play at once.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", *WRITTEN]),
    default="terminal",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--write",
    "written",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"Write {', '.join(FILES.values())} into this folder.",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    help="The folder for the runs; those that are there already are not played again.",
)
def scoreboard(
    paths: tuple[str, ...],
    names: tuple[str, ...],
    clock: str,
    in_short: bool,
    jobs: int,
    form: str,
    written: Path | None,
    folder: Path,
) -> None:
    """Say which clients keep which rules, and what speaks against the others.

    Plays deadair's own providers and all known clients that are installed ('deadair clients install --all'), or those that
    are named, on the scenarios of PATHS, or on the incidents that come with deadair. Whoever breaks a rule is played
    again: a cell is red if three runs of three showed it. Interrupted, it goes on the next time where it was.

    Exits with 0 if the board was made, whatever it says, and with 3 if a client could not be played.

    \b
    deadair scoreboard --quick
    deadair scoreboard --client openai-sdk --client livekit-openai --write board
    """
    cases = select(paths or (str(PACK / "incidents"),)).cases
    chosen = quick(cases) if in_short else cases
    who = _on_clock(contenders(names, project=project_root(Path.cwd())), clock)
    # What is printed may go into a file: progress goes beside it.
    beside = Terminal(sys.stderr, environ=os.environ)
    try:
        entries = asyncio.run(_until_ended(play_all(who, chosen, folder=folder, jobs=jobs, tell=_Teller(beside))))
    except (KeyboardInterrupt, asyncio.CancelledError):
        beside.console.print("interrupted: what was played is kept, and the same call goes on from there")
        raise SystemExit(EXIT_OURS) from None
    made = board(entries)
    if written is not None:
        _write(made, written)
    if form == "terminal":
        terminal = Terminal(sys.stdout, environ=os.environ)
        for line in board_lines(made, ascii_only=terminal.ascii_only):
            terminal.line(line)
    else:
        click.echo(WRITTEN[form](made, versions=_versions()), nl=False)
    raise SystemExit(EXIT_OURS if any(entry.trouble for entry in entries) else 0)


# ── who and how ──────────────────────────────────────────────────────────────


def _on_clock(who: tuple[Contender, ...], clock: str) -> tuple[Contender, ...]:
    match clock:
        case "real":
            return tuple(replace(contender, clock="real") for contender in who)
        case "virtual":
            why = "it runs on the real clock only: leave out '--clock virtual'"
            return tuple(replace(each, missing=each.missing or why) if each.clock == "real" else each for each in who)
        case _:
            return who


async def _until_ended(playing: Coroutine[None, None, list[Entry]]) -> list[Entry]:
    """A SIGTERM ends it as a Ctrl-C does: with all that it has started."""
    task = asyncio.ensure_future(playing)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


class _Teller:
    """Says how far the clients are: at a terminal about each second, elsewhere when a round begins and when it is over."""

    def __init__(self, beside: Terminal) -> None:
        self._beside = beside
        self._told_s: dict[str, float] = {}
        self._last: dict[str, Progress] = {}

    def __call__(self, progress: Progress) -> None:
        name, now_s = progress.contender.name, time.monotonic()
        at_an_edge = progress.done in (0, progress.total)
        if self._last.get(name) == progress:
            return
        self._last[name] = progress
        if not at_an_edge and not (self._beside.is_watched and now_s - self._told_s.get(name, 0.0) >= 1):
            return
        self._told_s[name] = now_s
        what = "played again" if progress.again else "played"
        self._beside.console.print(f"{name}: {progress.done} of {progress.total} cases {what}")


# ── what is told ─────────────────────────────────────────────────────────────


def _versions() -> dict[str, str]:
    return {"deadair": own_version(), "Python": platform.python_version()}


def _write(made: Board, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for form, name in FILES.items():
            (folder / name).write_text(WRITTEN[form](made, versions=_versions()), encoding="utf-8")
    except OSError as error:
        raise DeadairError(f"{folder}: the scoreboard cannot be written: {error.strerror}") from error
