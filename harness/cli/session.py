"""While it is played: progress, results as they come, and a second chance for runs that a slow host has spoilt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.reports import CaseResult, Report, RunResult, Terminal, judged, write_summary
from harness.reports.lines import name_told
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How, Started, Task
from harness.runs import Entry
from harness.scenario import Case

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Clock", "Play", "Session", "entry_of"]

Clock = Literal["real", "virtual"]

AGAIN_AT_MOST = 2
"""How often a run is played again if nothing but a slow host stands in the way of its verdict."""

RESULT, SCENARIO = "result.json", "scenario.yaml"
"""What lies beside a trace."""


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
    """Takes what the workers tell, and tells it on as soon as all runs of a case are over.

    Args:
        retries: How often a case that did not pass is played again. One of several runs is not: where a scenario asks
            for a share of them, playing until they pass would spoil what it measures.
    """

    def __init__(self, terminal: Terminal, plays: list[Play], *, client: str = "", retries: int = 0) -> None:
        self._terminal = terminal
        self._client = client
        self._retries = retries
        self._plays = plays
        self._tasks = {play.task.number: play.task for play in plays}
        self._folders = {play.task.number: play.task.folder for play in plays}
        self._runs: dict[int, RunResult] = {}
        self._told: dict[str, CaseResult] = {}
        self._playing: dict[int, str] = {}
        self._retried: dict[int, list[RunResult]] = {}
        self._again: list[Play] = []
        self._shown: set[tuple[str, Verdict]] = set()
        self._bar: Progress | None = None
        self._numbers: dict[str, list[int]] = {}
        for play in plays:
            self._numbers.setdefault(play.task.case.id, []).append(play.task.number)
        self._open = {case_id: len(numbers) for case_id, numbers in self._numbers.items()}

    @property
    def results(self) -> list[CaseResult]:
        """What is over, in the order of the files."""
        return [self._told[case_id] for case_id in self._numbers if case_id in self._told]

    @property
    def unfinished(self) -> list[Case]:
        """The cases that are not over."""
        return [self._tasks[numbers[0]].case for case_id, numbers in self._numbers.items() if case_id not in self._told]

    @property
    def played_again(self) -> list[Entry]:
        """What about.json is to tell of besides: the folders of the cases that were played again."""
        return [entry_of(play) for play in self._again]

    @contextmanager
    def progress(self) -> Iterator[None]:
        if not self._terminal.is_watched:
            yield
            return
        # Here, and not above: where nobody watches, as in a pipeline, none of this is needed.
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=self._terminal.console, transient=True) as self._bar:
            self._bar.add_task("", total=len(self._plays))
            yield

    def play(self, tasks: list[Task], how: How, jobs: int) -> None:
        """Play `tasks`, then those of them again that did not pass, as often as that was asked for."""
        for retry in range(1 + self._retries):
            if retry and tasks:
                self._say(f"did not pass: {_counted(tasks)} played again")
            self._play_in_time(tasks, how, jobs)
            tasks = [self._to_be_retried(number, how.clock) for number in self._failed_of(tasks)]

    def settle(self) -> None:
        """Nothing more will come: cases that wait to be played again are as they are."""
        for number, retried in self._retried.items():
            case = self._tasks[number].case
            if retried and case.id not in self._told:
                self._told[case.id] = self._result(case, (retried[-1],), tuple(retried[:-1]))
                self._terminal.told(self._told[case.id])

    def _play_in_time(self, tasks: list[Task], how: How, jobs: int) -> None:
        """Runs that say nothing because this host was too slow are played again, with fewer beside them."""
        for again in range(1 + AGAIN_AT_MOST):
            if not tasks:
                return
            if again:
                self._say(f"this host's timers were late: {_counted(tasks)} played again")
            tasks = self._play_once(tasks, how, jobs, again=again)

    def _play_once(self, tasks: list[Task], how: How, jobs: int, *, again: int) -> list[Task]:
        """The tasks that should be played again."""
        too_slow: list[Task] = []
        notes = ("played again, since this host's timers were late the first time",) if again else ()
        for told in run_tasks(tasks, how, judge=judged, jobs=jobs):
            match told:
                case Started():
                    self._playing[told.number] = self._tasks[told.number].case.scenario
                case Finished():
                    self._playing.pop(told.number, None)
                    result = cast(RunResult, told.result)
                    if how.clock == "real" and again < AGAIN_AT_MOST and result.judgement.is_worth_another_run:
                        too_slow.append(self._tasks[told.number])
                    else:
                        self._finished(replace(told, notes=told.notes + notes), how)
            self._show()
        return too_slow

    def _finished(self, told: Finished, how: How) -> None:
        task = self._tasks[told.number]
        run = replace(
            cast(RunResult, told.result),
            seed=task.seed,
            clock=how.clock,
            took_s=told.cpu_s,
            trace_path=str(task.trace_path),
            notes=told.notes,
        )
        numbers = self._numbers[task.case.id]
        if len(numbers) > 1 and (task.case.id, run.verdict) in self._shown:
            # One run of a verdict is told of; a case may have ten thousand, and what is shown of each is some 20 kB.
            run = replace(run, exhibit=None)
        self._shown.add((task.case.id, run.verdict))
        self._runs[told.number] = run
        retried = self._retried.setdefault(told.number, [])
        if run.verdict is not Verdict.PASS and len(numbers) == 1 and len(retried) < self._retries:
            retried.append(run)
            write_summary(task.folder / RESULT, Report(results=(self._result(task.case, (run,)),)))
            return
        self._open[task.case.id] -= 1
        if self._open[task.case.id]:
            return
        result = self._result(task.case, tuple(self._runs[number] for number in numbers), tuple(retried))
        self._told[task.case.id] = result
        for number in numbers:
            one = self._result(task.case, (self._runs[number],))
            write_summary(self._tasks[number].folder / RESULT, Report(results=(one,)))
        self._terminal.told(result)

    def _result(self, case: Case, runs: tuple[RunResult, ...], retried: tuple[RunResult, ...] = ()) -> CaseResult:
        return CaseResult(case=case, runs=runs, retried=retried, chosen_client=self._client)

    def _failed_of(self, tasks: list[Task]) -> list[int]:
        """The runs that wait to be played again."""
        return [task.number for task in tasks if task.case.id not in self._told and self._retried.get(task.number)]

    def _to_be_retried(self, number: int, clock: Clock) -> Task:
        """The same run in a folder of its own, with the number of the first: what it did before is evidence."""
        before = self._tasks[number]
        first = self._folders[number]
        folder = first.with_name(f"{first.name}-again-{len(self._retried[number])}")
        _copy_scenario(before.folder, folder)
        task = replace(before, folder=folder)
        self._tasks[number] = task
        self._again.append(Play(task=task, clock=clock))
        return task

    def _say(self, words: str) -> None:
        self._terminal.console.print(words)

    def _show(self) -> None:
        if self._bar is not None:
            playing = name_told(next(reversed(self._playing.values()), ""))
            self._bar.update(self._bar.task_ids[0], completed=len(self._runs), description=playing)


def _copy_scenario(source: Path, to: Path) -> None:
    """Raises DeadairError if it cannot be done."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / SCENARIO, to / SCENARIO)
    except OSError as error:
        raise DeadairError(f"{to}: the run folder cannot be written: {error.strerror}") from error


def _counted(tasks: list[Task]) -> str:
    return f"{len(tasks)} run{'' if len(tasks) == 1 else 's'}"
