"""While it is played: progress, results as they come, and a second chance for runs that a slow host has spoilt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, cast

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.reports import CaseResult, RunResult, Terminal, judged, write_summary
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How, Started, Task
from harness.runs import Entry

__all__ = ["Clock", "Play", "Session", "entry_of"]

Clock = Literal["real", "virtual"]

AGAIN_AT_MOST = 2
"""How often a run is played again if nothing but a slow host stands in the way of its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One run of one case, and where it goes."""

    task: Task
    clock: Clock


def entry_of(play: Play) -> Entry:
    """How about.json tells of it."""
    task = play.task
    case = task.case
    return Entry(
        folder=task.folder.name,
        case=case.id,
        scenario=case.scenario,
        place=case.place,
        seed=task.seed,
        clock=play.clock,
    )


class Session:
    """Takes what the workers tell, and tells it on as soon as all runs of a case are over."""

    def __init__(self, terminal: Terminal, plays: list[Play], *, client: str = "") -> None:
        self._terminal = terminal
        self._client = client
        self._plays = plays
        self._runs: dict[int, RunResult] = {}
        self._told: dict[str, CaseResult] = {}
        self._playing: dict[int, str] = {}
        self._bar: Progress | None = None

    @property
    def results(self) -> list[CaseResult]:
        """What is over, in the order of the files."""
        ids = dict.fromkeys(play.task.case.id for play in self._plays)
        return [self._told[id_] for id_ in ids if id_ in self._told]

    @contextmanager
    def progress(self) -> Iterator[None]:
        if not self._terminal.is_watched:
            yield
            return
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=self._terminal.console, transient=True) as self._bar:
            self._bar.add_task("", total=len(self._plays))
            yield

    def play(self, tasks: list[Task], how: How, jobs: int) -> None:
        """Play `tasks`. Runs that say nothing because this host was too slow are played again, with fewer beside them."""
        for again in range(1 + AGAIN_AT_MOST):
            if not tasks:
                return
            if again:
                number = f"{len(tasks)} run{'' if len(tasks) == 1 else 's'}"
                self._terminal.console.print(f"this host's timers were late: {number} played again")
            tasks = self._play_once(tasks, how, jobs, again=again)

    def _play_once(self, tasks: list[Task], how: How, jobs: int, *, again: int) -> list[Task]:
        """The tasks that should be played again."""
        too_slow: list[Task] = []
        notes = ("played again, since this host's timers were late the first time",) if again else ()
        for told in run_tasks(tasks, how, judge=judged, jobs=jobs):
            match told:
                case Started():
                    self._playing[told.number] = self._plays[told.number].task.case.scenario
                case Finished():
                    self._playing.pop(told.number, None)
                    result = cast(RunResult, told.result)
                    if how.clock == "real" and again < AGAIN_AT_MOST and result.judgement.blames_the_host:
                        too_slow.append(self._plays[told.number].task)
                    else:
                        self._finished(replace(told, notes=told.notes + notes), how)
            self._show()
        return too_slow

    def _finished(self, told: Finished, how: How) -> None:
        task = self._plays[told.number].task
        self._runs[told.number] = replace(
            cast(RunResult, told.result),
            seed=task.seed,
            clock=how.clock,
            took_s=told.cpu_s,
            trace_path=str(task.trace_path),
            notes=told.notes,
        )
        runs = [self._runs.get(play.task.number) for play in self._plays if play.task.case.id == task.case.id]
        if None in runs:
            return
        result = CaseResult(
            case=task.case, runs=tuple(one for one in runs if one is not None), chosen_client=self._client
        )
        self._told[task.case.id] = result
        for one, play in zip(result.runs, (p for p in self._plays if p.task.case.id == task.case.id), strict=True):
            write_summary(play.task.folder / "result.json", [replace(result, runs=(one,))])
        self._terminal.told(result)

    def _show(self) -> None:
        if self._bar is not None:
            playing = next(reversed(self._playing.values()), "")
            self._bar.update(self._bar.task_ids[0], completed=len(self._runs), description=playing)

    def interrupted(self) -> None:
        self._terminal.console.print(f"interrupted: {len(self._told)} cases were over, the others say nothing")
