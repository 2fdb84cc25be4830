"""Kept runs, made ready to be played again in a run folder of their own."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from harness.cli.run import PAGE
from harness.cli.session import Clock, Play, Session, entry_of
from harness.cli.tested import clock_of, draft_with_client, way_named
from harness.clients.named import NamedWrongly, Way, way_to
from harness.errors import DeadairError
from harness.faults.toxiproxy_process import find_toxiproxy
from harness.reports import Report, Terminal, write_page, write_summary
from harness.runner.task import How, Task
from harness.runs import RUNS_FOLDER, KeptRun, RunError, about_here, write_about
from harness.scenario import Case, expand, project_root
from harness.scenario.spelled import spelled_out

__all__ = ["how_then", "new_folder", "play_all", "prepared"]

COMMAND_CHARACTERS_MAX = 200

ELSEWHERE = "A run folder does not hold the client. Change to the project that it is in, or name another: --client"


def new_folder(out: Path | None) -> Path:
    return out or RUNS_FOLDER / datetime.now().strftime("%Y-%m-%d-%H%M%S-%f")


def prepared(
    kept: Sequence[KeptRun], folder: Path, *, client: str | tuple[str, ...] | None = None, clock: Clock | None = None
) -> list[Play]:
    """The same runs, each with a folder below `folder`; with `client` in the place of their own, and on `clock` instead of
    the one of then, where they are given.

    Raises:
        DeadairError: If a client is not here, does not call this provider, or cannot run on the clock of then.
    """
    plays: list[Play] = []
    for number, one in enumerate(kept):
        case = one.case()
        if client is not None:
            case = _with_client(case, client)
        elif isinstance(case.client, tuple) and one.is_unpacked:
            # Whoever opens an archive that he was sent has not asked for its programs to be run.
            command = " ".join(case.client)[:COMMAND_CHARACTERS_MAX]
            raise RunError(
                f"'{one.case_id}' was played with a program of its own: {command!r}. From an archive nothing is run: "
                "name the client (--client), or unpack the archive and name the folder, if you trust it."
            )
        on_clock = cast(Clock, clock_of(case) or clock or one.clock)
        if clock == "virtual" and on_clock == "real":
            raise RunError(f"'{one.case_id}' can be played on the real clock only: leave out '--clock virtual'")
        _check_client(case, on_clock)
        place = folder / f"{number:04d}-{one.folder.name.partition('-')[2]}"
        _write_scenario(place, one.scenario_path, client)
        task = Task(number=number, case=case, seed=one.seed, folder=place)
        plays.append(Play(task=task, clock=on_clock))
    return plays


def how_then(clock: Clock, proxy: Literal["embedded", "toxiproxy"]) -> How:
    """How runs on this clock are played as they were then. Raises RunError if that takes a Toxiproxy that is not here."""
    if clock == "virtual" or proxy == "embedded":
        return How(clock=clock)
    found = find_toxiproxy()
    if found is None:
        raise RunError(
            "this was played behind Toxiproxy, and there is none here: 'deadair doctor' says how to get it, and "
            "'--proxy embedded' goes without it."
        )
    return How(clock=clock, toxiproxy=found)


def play_all(
    plays: list[Play],
    terminal: Terminal,
    folder: Path,
    *,
    proxy: Literal["embedded", "toxiproxy"],
    client: str = "",
    selection: Iterable[str] = (),
) -> Report:
    """Play them, and leave a run folder as `deadair run` does.

    Raises:
        KeyboardInterrupt: As it comes; what was over is written.
    """
    # A client named `python:module:factory` is looked for where the user is, too.
    sys.path.insert(0, str(Path.cwd()))
    began = datetime.now(UTC).isoformat(timespec="seconds")
    about = about_here(runs=map(entry_of, plays), proxy=proxy, client=client, selection=selection, began=began)
    write_about(folder, about)
    began_s = time.monotonic()
    session = Session(terminal, plays, client=client)
    interrupted = True
    try:
        with session.progress():
            for clock in cast(tuple[Clock, ...], ("virtual", "real")):
                tasks = [play.task for play in plays if play.clock == clock]
                if tasks:
                    session.play(tasks, how_then(clock, proxy), os.cpu_count() or 1)
        interrupted = False
    finally:
        report = Report(
            results=tuple(session.results),
            took_s=time.monotonic() - began_s,
            interrupted=interrupted,
            about=about,
            page=str(folder / PAGE),
        )
        write_summary(folder / "result.json", report)
    write_page(folder / PAGE, report)
    return report


# ── the client ───────────────────────────────────────────────────────────────


def _with_client(case: Case, client: str | tuple[str, ...]) -> Case:
    way = way_named(client) if isinstance(client, str) else way_to(client, project=project_root(Path.cwd()))
    if way.providers and case.provider not in way.providers:
        raise RunError(f"'{way.name}' calls {', '.join(way.providers)}, and this was a call to {case.provider}")
    return case.model_copy(update={"client": client})


def _check_client(case: Case, clock: str) -> None:
    if case.client is None:
        return
    try:
        way = way_to(case.client, project=project_root(Path.cwd()))
    except NamedWrongly as error:
        raise RunError(f"{error}\n{ELSEWHERE}") from error
    if not way.is_command(clock) and not _is_importable(way):
        module = way.python.partition(":")[0]
        raise RunError(f"there is no module '{module}' here, in which the client '{way.name}' is.\n{ELSEWHERE}")


def _is_importable(way: Way) -> bool:
    place = str(way.directory or Path.cwd())
    before = list(sys.path)
    sys.path.insert(0, place)
    try:
        return importlib.util.find_spec(way.python.partition(":")[0]) is not None
    except (ImportError, ValueError):
        return False
    finally:
        sys.path[:] = before


def _write_scenario(place: Path, scenario: Path, client: str | tuple[str, ...] | None) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        text = scenario.read_text(encoding="utf-8")
        if client is not None:
            drafts = expand([scenario], root=scenario.parent)
            text = spelled_out([draft_with_client(draft, client) for draft in drafts])
        (place / scenario.name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise DeadairError(
            f"{place}: the run folder cannot be written: {error.strerror}. Name another with --out."
        ) from error
