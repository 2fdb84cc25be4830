"""Who plays for pytest: on the virtual clock one process for all cases, on the real one a process for each.

Never pytest's own process: a client that spins, exits or never lets go of the event loop gets a verdict, and the tests
after it are run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from harness.errors import DeadairError
from harness.faults.toxiproxy_process import find_toxiproxy
from harness.pytest_plugin.options import Clock
from harness.reports import RunResult, judged
from harness.runner.pack import STARTS_WITHIN_S, VIRTUAL_GRACE_S, VIRTUAL_SPEED_MIN, run_tasks, work
from harness.runner.spawned import LEAVES_WITHIN_S, SPAWN, end, start
from harness.runner.task import Finished, How, Started, Task

__all__ = ["Players"]

AGAIN_AT_MOST = 2
"""How often runs on the real clock are played again if nothing but a slow host stands in the way of their verdict."""

PLAYED_AGAIN = "played again, since this host's timers were late the first time"


class Players:
    """Both of them. Processes start when something is played, and are gone after `close`."""

    def __init__(self, *, project: Path, proxy: Literal["auto", "toxiproxy", "embedded"]) -> None:
        self._proxy = proxy
        self._toxiproxy: str | None = None
        self._has_looked = False
        self._virtual = _VirtualPlayer(project)

    @property
    def toxiproxy(self) -> str | None:
        """The real Toxiproxy, for the real clock; None for the embedded proxy.

        Raises:
            DeadairError: If it was asked for and is not there.
        """
        if not self._has_looked and self._proxy != "embedded":
            self._toxiproxy = find_toxiproxy()
            if self._toxiproxy is None and self._proxy == "toxiproxy":
                raise DeadairError(
                    "no Toxiproxy was found: 'deadair doctor' says how to get it; '--deadair-proxy embedded' goes without it."
                )
        self._has_looked = True
        return self._toxiproxy

    def play(self, tasks: Sequence[Task], clock: Clock) -> tuple[RunResult, ...]:
        """Play the runs of one case, whose folders are there; one result for each, whatever the client does."""
        play = self._virtual.play if clock == "virtual" else self._really
        return tuple(
            replace(result, seed=task.seed, clock=clock, trace_path=_shown(task.trace_path))
            for task, result in zip(tasks, play(tasks), strict=True)
        )

    def close(self) -> None:
        self._virtual.close()

    def _really(self, tasks: Sequence[Task]) -> list[RunResult]:
        """Side by side. What a slow host has spoilt is played again."""
        how = How(clock="real", toxiproxy=self.toxiproxy)
        results: dict[int, RunResult] = {}
        left = list(tasks)
        for again in range(1 + AGAIN_AT_MOST):
            for told in run_tasks(left, how, judge=judged, jobs=1):
                if isinstance(told, Finished):
                    result: RunResult = told.result
                    results[told.number] = replace(result, notes=(*told.notes, *((PLAYED_AGAIN,) if again else ())))
            left = [task for task in left if results[task.number].judgement.is_worth_another_run]
            if not left:
                break
        return [results[task.number] for task in tasks]


class _VirtualPlayer:
    """Plays one case after the other in a process that stays: to begin one takes a second, and a case tenths of it."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._process: BaseProcess | None = None
        self._tasks: connection.Connection | None = None
        self._news: connection.Connection | None = None

    def play(self, tasks: Sequence[Task]) -> list[RunResult]:
        return [self._play(task) for task in tasks]

    def _play(self, task: Task) -> RunResult:
        by_s = task.case.expect.end.by_us / 1e6
        patience_s = STARTS_WITHIN_S
        try:
            if self._process is None:
                self._start()
            assert self._tasks is not None
            assert self._news is not None
            self._tasks.send(task)
            while self._news.poll(patience_s):
                match self._news.recv():
                    case Started():
                        patience_s = VIRTUAL_GRACE_S + by_s / VIRTUAL_SPEED_MIN
                    case Finished() as told:
                        result: RunResult = told.result if told.result is not None else judged(None, told.broken_off)
                        return replace(result, took_s=told.cpu_s, notes=told.notes)
        except (EOFError, OSError):
            self._end(waits_s=0)
            return judged(None, "its process ended without a word")
        except BaseException:
            # Ctrl-C, mostly: what is being played now would be taken for the answer to the next question.
            self._end(waits_s=0)
            raise
        self._end(waits_s=0)
        return judged(None, "the client never let go of the event loop")

    def close(self) -> None:
        if self._process is not None:
            self._end(waits_s=LEAVES_WITHIN_S)

    def _start(self) -> None:
        theirs, self._tasks = SPAWN.Pipe(duplex=False)
        self._news, news = SPAWN.Pipe(duplex=False)
        arguments: tuple[Any, ...] = (_Fed(theirs, self._project), How(clock="virtual"), judged, news)
        self._process = SPAWN.Process(target=work, args=arguments, daemon=True)
        start(self._process)
        theirs.close()
        news.close()

    def _end(self, *, waits_s: float) -> None:
        """See to it that the process is gone. Without tasks it leaves by itself, if it is not held."""
        process, self._process = self._process, None
        for pipe in (self._tasks, self._news):
            if pipe is not None:
                pipe.close()
        if process is not None:
            end(process, waits_s=waits_s)


@dataclass(frozen=True, slots=True)
class _Fed:
    """The tasks of the process, as they come. Clients are looked for by the names of the project."""

    pipe: connection.Connection
    project: Path

    def __iter__(self) -> Iterator[Task]:
        os.chdir(self.project)
        while True:
            try:
                yield self.pipe.recv()
            except (EOFError, OSError):
                return


def _shown(path: Path) -> str:
    """As people name it from where they are."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
