"""What is to be played: the cases that a clock can play, and a task with a folder of its own for each of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from harness.cli.selection import Selection
from harness.cli.session import Clock, Play
from harness.cli.tested import clock_of, draft_with_client
from harness.runner.task import Task
from harness.runs import begin_folder, folder_name
from harness.scenario import Case, expand, seeds
from harness.scenario.spelled import spelled_out

__all__ = ["playable", "prepare"]


def playable(cases: tuple[Case, ...], clock: Clock) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The cases that this clock can play, and those that it cannot. The virtual clock is asked for where seconds count: a
    case that needs the real one would take its minute.

    Raises:
        click.UsageError: If none is left.
    """
    if clock == "real":
        return cases, ()
    playable = tuple(case for case in cases if clock_of(case) != "real")
    if not playable:
        raise click.UsageError("What is meant can be played on the real clock only: leave out '--clock virtual'.")
    return playable, tuple(case for case in cases if clock_of(case) == "real")


def prepare(selection: Selection, clock: Clock, seed: int | None, folder: Path) -> list[Play]:
    """A task and a folder below `folder` for each run of each case, with the scenario in it as it is played.

    Args:
        clock: Where a case or its client does not ask for another.
        seed: For every case, once, in the place of its own seeds.

    Raises:
        DeadairError: If a folder cannot be written.
    """
    written = _written(selection)
    plays: list[Play] = []
    for case in selection.cases:
        own_seeds = seeds(case) if seed is None else (seed,)
        for own_seed in own_seeds:
            number = len(plays)
            place = folder / folder_name(number, case.id)
            begin_folder(place, written[case.id], option="--out")
            task = Task(number=number, case=case, seed=own_seed, folder=place)
            plays.append(Play(task=task, clock=cast(Clock, clock_of(case) or clock)))
    return plays


def _written(selection: Selection) -> dict[str, str]:
    """Each case as a scenario file of its own, by the case's id."""
    files = dict.fromkeys(case.id.partition("::")[0] for case in selection.cases)
    clients = {case.id: case.client for case in selection.cases}
    written = {}
    for draft in expand([selection.root / file for file in files], root=selection.root):
        id = f"{Path(draft.place.path).as_posix()}::{draft.name}"
        client = clients.get(id)
        written[id] = spelled_out([draft_with_client(draft, client) if isinstance(client, str) else draft])
    return written
