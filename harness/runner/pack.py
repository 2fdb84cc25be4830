"""Running many cases: on the real clock all side by side, on the virtual one as fast as the cores go."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any

from harness.runner.task import Finished, How, Judge, Started, Task
from harness.runner.worker import work
from harness.trace import TraceError
from harness.trace import load as load_trace

__all__ = ["run_tasks"]

STARTS_WITHIN_S = 60.0
"""A worker may take this long to be ready on a busy machine."""

REAL_GRACE_S = 45.0
"""What a real run may take beyond the `by` of its longest case, on a busy machine."""

VIRTUAL_CASE_S = 120.0
"""CPU-bound, a case on the virtual clock takes milliseconds; one that takes this long spins without end."""

_SPAWN = multiprocessing.get_context("spawn")
"""Fresh processes: nothing of the caller's threads, loops and file descriptors gets into them."""


def run_tasks(tasks: Sequence[Task], how: How, *, judge: Judge, jobs: int) -> Iterator[Started | Finished]:
    """Play `tasks` in `jobs` processes and tell as each starts and finishes; every task is finished once, whatever
    its client does. Closing the iterator (Ctrl-C does) ends the processes."""
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
                    if worker.left:
                        workers.append(_Worker(worker.left, how, judge))
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
    left: tuple[Task, ...] = field(init=False, default=())
    _started: set[int] = field(init=False, default_factory=set)
    _finished: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe(duplex=False)
        self.process = _SPAWN.Process(target=work, args=(self.tasks, self.how, self.judge, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.until_s = time.monotonic() + STARTS_WITHIN_S
        if self.how.clock == "real":
            self.until_s += REAL_GRACE_S + max(task.case.expect.end.by_us for task in self.tasks) / 1e6

    def news(self) -> Iterator[Started | Finished]:
        try:
            told = self.pipe.recv()
        except (EOFError, OSError):
            yield from self.give_up("its process ended without a word")
            return
        if self.how.clock == "virtual":
            self.until_s = time.monotonic() + VIRTUAL_CASE_S
        if isinstance(told, Finished):
            self._finished.add(told.number)
            yield told if told.result is not None else replace(told, result=self._judged(told))
        else:
            self._started.add(told.number)
            yield told
        if len(self._finished) == len(self.tasks):
            self.end()

    def _judged(self, told: Finished) -> Any:
        """The judge's result of a run that the worker only recorded."""
        if told.broken_off:
            return self.judge(None, told.broken_off)
        task = next(task for task in self.tasks if task.number == told.number)
        try:
            return self.judge(load_trace(task.trace_path), "")
        except TraceError as error:
            return self.judge(None, str(error))

    def give_up(self, why: str) -> Iterator[Finished]:
        """End the process; what it was playing is inconclusive, what it had not begun is left for another one."""
        self.end()
        for task in self.tasks:
            if task.number in self._started and task.number not in self._finished:
                yield Finished(number=task.number, result=self.judge(None, why))
        untouched = tuple(t for t in self.tasks if t.number not in self._started)
        if len(untouched) == len(self.tasks):
            # Nothing was even begun: another process would fare no better.
            for task in untouched:
                yield Finished(number=task.number, result=self.judge(None, why))
        else:
            self.left = untouched

    def end(self) -> None:
        self.is_over = True
        self.process.join(timeout=0 if self.process.is_alive() and not self._finished else 5)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(timeout=5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()
