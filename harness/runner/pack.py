"""Running many cases: on the real clock all side by side, on the virtual one as fast as the cores go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any

from harness.runner.held_loop import HELD_S
from harness.runner.spawned import LEAVES_WITHIN_S, SPAWN, end, start
from harness.runner.task import Finished, Held, How, Judge, Started, Task
from harness.trace import TraceError
from harness.trace import load as load_trace

__all__ = ["STARTS_WITHIN_S", "VIRTUAL_GRACE_S", "VIRTUAL_SPEED_MIN", "run_tasks", "work"]

STARTS_WITHIN_S = 60.0
"""A worker may take this long to be ready on a busy machine."""

REAL_GRACE_S = 75.0
"""What a real run may take beyond the `by` of its longest case, on a busy machine; a client that is a program of its own may
need 45 s to start and 13 s to stop."""

VIRTUAL_GRACE_S = 30.0
VIRTUAL_SPEED_MIN = 20
"""A case on the virtual clock takes tenths of a second, and a call of an hour some ten; one that takes this long on a
busy machine, and is not at least so much faster than the call, spins without end."""


def run_tasks(tasks: Sequence[Task], how: How, *, judge: Judge, jobs: int) -> Iterator[Started | Finished]:
    """Play `tasks` in `jobs` processes and tell as each starts and finishes; every task is finished once, whatever
    its client does. Closing the iterator (Ctrl-C does) ends the processes.

    Raises:
        ProxyError: If the Toxiproxy that is meant is not there for all of them: then nothing is played.
    """
    if how.toxiproxy is not None:
        from harness.faults.toxiproxy import check_toxiproxy  # its library brings an HTTP client along

        asyncio.run(check_toxiproxy(how.toxiproxy))
    shards = [tuple(tasks[index::jobs]) for index in range(min(jobs, len(tasks)))]
    workers = [_Worker(shard, how, judge) for shard in shards]
    try:
        while workers:
            now_s = time.monotonic()
            patience_s = max(0.0, min(worker.until_s for worker in workers) - now_s)
            readable = connection.wait([worker.pipe for worker in workers], timeout=patience_s)
            for worker in list(workers):
                if worker.pipe in readable:
                    yield from worker.news()
                elif time.monotonic() >= worker.until_s:
                    yield from worker.give_up("the client never let go of the event loop")
                if worker.is_over:
                    workers.remove(worker)
                    workers.extend(_Worker(group, how, judge) for group in worker.left if group)
    finally:
        for worker in workers:
            worker.end()


@dataclass(slots=True)
class _Worker:
    """One process, what it was given, and how long it may stay silent."""

    tasks: tuple[Task, ...]
    how: How
    judge: Judge
    pipe: connection.Connection = field(init=False)
    process: BaseProcess = field(init=False)
    until_s: float = field(init=False)
    is_over: bool = field(init=False, default=False)
    left: tuple[tuple[Task, ...], ...] = field(init=False, default=())
    """What is to be played by other workers, once this one is over."""
    _held: str = field(init=False, default="")
    _started: set[int] = field(init=False, default_factory=set)
    _finished: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.pipe, theirs = SPAWN.Pipe(duplex=False)
        self.process = SPAWN.Process(target=work, args=(self.tasks, self.how, self.judge, theirs), daemon=True)
        start(self.process)
        theirs.close()
        self.until_s = time.monotonic() + STARTS_WITHIN_S
        if self.how.clock == "real":
            self.until_s += self._longest_s

    def news(self) -> Iterator[Started | Finished]:
        try:
            told = self.pipe.recv()
        except (EOFError, OSError):
            yield from self.give_up("its process ended without a word")
            return
        match told:
            case Started():
                self._started.add(told.number)
                if self.how.clock == "real":
                    # Clients in processes of their own wait for room: the last one starts when others are over.
                    self.until_s = max(self.until_s, time.monotonic() + self._longest_s)
                if self.how.clock == "virtual":
                    by_s = self._task(told.number).case.expect.end.by_us / 1e6
                    self.until_s = time.monotonic() + VIRTUAL_GRACE_S + by_s / VIRTUAL_SPEED_MIN
                yield told
            case Finished():
                self._finished.add(told.number)
                yield told if told.result is not None else replace(told, result=self._judged(told))
            case Held():
                self._held = f"the client held the event loop for {HELD_S:g} s, at {told.place}"
                if told.number is not None:
                    self._finished.add(told.number)
                    yield Finished(number=told.number, result=self.judge(None, self._held))
        if len(self._finished) == len(self.tasks):
            self.end()

    @property
    def _longest_s(self) -> float:
        return REAL_GRACE_S + max(task.case.expect.end.by_us for task in self.tasks) / 1e6

    def _task(self, number: int) -> Task:
        return next(task for task in self.tasks if task.number == number)

    def _judged(self, told: Finished) -> Any:
        """The judge's result of a run that the worker only recorded."""
        if told.broken_off:
            return self.judge(None, told.broken_off)
        try:
            return self.judge(load_trace(self._task(told.number).trace_path), "")
        except TraceError as error:
            return self.judge(None, str(error))

    def give_up(self, why: str) -> Iterator[Finished]:
        """End the process. What it alone can have been playing is inconclusive; the others are played again.

        Of many cases that were played side by side nobody knows which one took the process along: they are played in
        two halves, until the one that does it is alone.
        """
        in_time = time.monotonic() < self.until_s
        self.end()
        open_ = tuple(task for task in self.tasks if task.number not in self._finished)
        suspects = tuple(task for task in open_ if task.number in self._started)
        innocent = tuple(task for task in open_ if task.number not in self._started)
        if self._held and self._finished:
            self.left = (open_,)
        elif len(suspects) > 1 and in_time:
            self.left = (suspects[::2], suspects[1::2] + innocent)
        else:
            # A process may die between two runs: then nobody is to blame, and what is left is played. But where nothing was
            # even begun, another process would fare no better.
            hopeless = () if self._started else innocent
            for task in suspects or hopeless:
                yield Finished(number=task.number, result=self.judge(None, why))
            self.left = (() if hopeless else innocent,)

    def end(self) -> None:
        """See to it that the process is gone; one that has done all its work gets the time to leave by itself."""
        self.is_over = True
        end(self.process, waits_s=LEAVES_WITHIN_S if len(self._finished) == len(self.tasks) else 0)
        self.pipe.close()


def work(tasks: Iterable[Task], how: How, judge: Judge, pipe: connection.Connection) -> None:
    """The body of a worker's process."""
    # Here, and not above: what plays a case takes a third of a second to import, and who starts a worker plays none.
    from harness.runner import worker

    worker.work(tasks, how, judge, pipe)
