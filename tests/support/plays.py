"""Cases played through the runner's own workers, each once: what was recorded, and what the judge made of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from harness.engines import VirtualTime
from harness.expectations import Judgement, Verdict
from harness.faults import EmbeddedServer
from harness.reports import RunResult, judged
from harness.runner.pack import run_tasks
from harness.runner.play import play
from harness.runner.task import Finished, How, Task
from harness.scenario import Case
from harness.trace import Trace, TraceWriter, load

__all__ = ["JOBS", "Played", "play_all", "played_here"]

JOBS = 2
"""How many processes play: each takes half of the cases, and the rest of the machine is for Toxiproxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One run of a case. `notes`: the case was played behind another proxy than the one that was asked for."""

    case: Case
    trace: Trace
    judgement: Judgement
    notes: tuple[str, ...]

    @property
    def late_us(self) -> int:
        return self.trace.end.late_us if self.trace.end is not None else 0

    @property
    def host_was_too_slow(self) -> bool:
        """Whether the run says nothing because this host's timers were late."""
        doubts = [finding for finding in self.judgement.findings if finding.verdict is Verdict.INCONCLUSIVE]
        return bool(doubts) and all("this host's timers were late" in doubt.sentence for doubt in doubts)


def play_all(cases: Iterable[Case], how: How, folder: Path, *, jobs: int = JOBS) -> dict[str, Played]:
    """Play all of `cases` and give what came of them by the case's id; on the real clock side by side.

    Raises:
        AssertionError: If a run was broken off by our own side.
    """
    tasks = []
    for number, case in enumerate(cases):
        place = folder / f"{number:04d}"
        place.mkdir(parents=True)
        tasks.append(Task(number=number, case=case, seed=case.seed, folder=place))
    played: dict[str, Played] = {}
    for told in run_tasks(tasks, how, judge=judged, jobs=jobs):
        if not isinstance(told, Finished):
            continue
        task = tasks[told.number]
        assert isinstance(told.result, RunResult)
        said = "; ".join(finding.sentence for finding in told.result.judgement.findings)
        assert task.trace_path.exists(), f"{task.case.id} was not played: {said}"
        assert not told.broken_off, f"{task.case.id} was broken off: {told.broken_off}"
        played[task.case.id] = Played(
            case=task.case, trace=load(task.trace_path), judgement=told.result.judgement, notes=told.notes
        )
    return played


def played_here(case: Case, folder: Path) -> Trace:
    """Play a case in this process, on the virtual clock; its trace is written into `folder` as well."""

    async def main() -> Trace:
        async with aclosing(EmbeddedServer(seed=0)) as server:
            return await play(
                case,
                seed=0,
                clock="virtual",
                proxy_server=server,
                open_trace=lambda header: TraceWriter(folder / "trace.jsonl", header),
            )

    return VirtualTime().run(main, seed=0)
