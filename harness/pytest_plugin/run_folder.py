"""The run folder of what pytest plays, as `deadair run` leaves one: `deadair report`, `rerun` and `compare` take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.tested import draft_with_client
from harness.errors import DeadairError
from harness.pytest_plugin.options import Clock
from harness.pytest_plugin.players import Players
from harness.reports import CaseResult, Report, write_summary
from harness.runner.task import Task
from harness.runs import Entry, about_here, begin_folder, folder_name, write_about
from harness.scenario import Case, expand, seeds
from harness.scenario.spelled import spelled_out

__all__ = ["RunFolder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """All runs of one case."""

    clock: Clock
    tasks: tuple[Task, ...]


class RunFolder:
    """Laid out at once, so that every process that plays a part of it knows where its part goes; made when something is
    played.

    Args:
        cases: What is to be played, and on which clock, in the order of the tests.
        root: Where the ids of the cases begin.
        client: What was put in the place of the cases' own clients; "" for nothing.
        selection: The command line, as far as it chose what to play.
        describes_itself: Whether to write about.json; one process does.
        seed: Of every case, each of which is then played once; None for their own.
    """

    def __init__(
        self,
        place: Path,
        cases: Iterable[tuple[Case, Clock]],
        *,
        root: Path,
        client: str = "",
        selection: Sequence[str] = (),
        describes_itself: bool = True,
        seed: int | None = None,
    ) -> None:
        self.place = place
        self._root = root
        self._client = client
        self._selection = tuple(selection)
        self._describes_itself = describes_itself
        self._written: dict[str, dict[str, str]] = {}
        self._plans = _plans(place, cases, seed)

    def play(self, case_id: str, players: Players) -> CaseResult:
        """Play all runs of one case of those that were planned.

        Raises:
            DeadairError: If the folder cannot be written, or the file of the case has changed since.
        """
        plan = self._plans[case_id]
        if self._describes_itself:
            self._describes_itself = False
            self._describe(players)
        case = plan.tasks[0].case
        scenario = self._scenario(case)
        for task in plan.tasks:
            begin_folder(task.folder, scenario, option="--deadair-out")
        runs = players.play(plan.tasks, plan.clock)
        result = CaseResult(case=case, runs=runs, chosen_client=self._client)
        for task, run in zip(plan.tasks, runs, strict=True):
            write_summary(task.folder / "result.json", Report(results=(replace(result, runs=(run,)),)))
        return result

    def _describe(self, players: Players) -> None:
        entries = [
            Entry(
                folder=task.folder.name,
                case=task.case.id,
                scenario=task.case.scenario,
                place=task.case.place,
                seed=task.seed,
                clock=plan.clock,
            )
            for plan in self._plans.values()
            for task in plan.tasks
        ]
        about = about_here(
            runs=entries,
            proxy="toxiproxy" if any(entry.clock == "real" for entry in entries) and players.toxiproxy else "embedded",
            client=self._client,
            selection=self._selection,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_about(self.place, about)

    def _scenario(self, case: Case) -> str:
        """The case as a scenario file of its own. A file is read anew once, for all of its cases."""
        file = case.id.partition("::")[0]
        if file not in self._written:
            written = {}
            for draft in expand([self._root / file], root=self._root):
                cast = draft_with_client(draft, self._client) if self._client else draft
                written[f"{file}::{draft.name}"] = spelled_out([cast])
            self._written[file] = written
        if case.id not in self._written[file]:
            raise DeadairError(f"{file}: '{case.scenario}' is not in this file any more; collect the tests again.")
        return self._written[file][case.id]


def _plans(place: Path, cases: Iterable[tuple[Case, Clock]], seed: int | None) -> dict[str, _Plan]:
    plans: dict[str, _Plan] = {}
    number = 0
    for case, clock in cases:
        tasks = []
        for own_seed in seeds(case) if seed is None else (seed,):
            folder = place / folder_name(number, case.id)
            tasks.append(Task(number=number, case=case, seed=own_seed, folder=folder))
            number += 1
        plans[case.id] = _Plan(clock=clock, tasks=tuple(tasks))
    return plans
