"""A worker: a process of its own in which cases are played, so that a client that hangs can be ended."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import aclosing
from multiprocessing import connection, parent_process

from harness.engines import RealTime, VirtualTime, what_is_left
from harness.faults.embedded import EmbeddedServer
from harness.runner.held_loop import HeldLoop
from harness.runner.play import play
from harness.runner.registry import fetch
from harness.runner.side_by_side import play_side_by_side
from harness.runner.task import Finished, Held, How, Judge, Started, Task
from harness.runner.telling import words
from harness.trace import Trace

__all__ = ["work"]


def work(tasks: Iterable[Task], how: How, judge: Judge, pipe: connection.Connection) -> None:
    """Play `tasks` and send `Started` and `Finished` for each; the body of the process. On the virtual clock they are
    taken one by one, when their turn has come."""
    # Ctrl-C is for the parent, which ends its workers. Not SIG_IGN: programs that a client starts would inherit it.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    _end_with_parent()
    # What is left at the end goes with the process: looking through all of it for garbage once more took 0.05 s.
    atexit.register(gc.freeze)
    try:
        if how.clock == "real":
            tasks = tuple(tasks)
            fetch(task.case for task in tasks)
            with HeldLoop(lambda number, place: _end_held(pipe, number, place)) as loop:
                RealTime().run(lambda: play_side_by_side(tasks, how, pipe.send, loop.turned))
        else:
            for task in tasks:
                pipe.send(Started(number=task.number))
                pipe.send(_play_virtual(task, judge))
    except (KeyboardInterrupt, BrokenPipeError):
        # The parent is ending, and says so itself.
        pass
    finally:
        pipe.close()


def _end_held(pipe: connection.Connection, number: int | None, place: str) -> None:
    pipe.send(Held(number=number, place=place))
    os._exit(1)


def _play_virtual(task: Task, judge: Judge) -> Finished:
    """Nothing else runs in this process meanwhile, so the case is judged here, where its trace still is in memory."""
    fetch([task.case])
    began_s = time.process_time()
    threads_before = frozenset(threading.enumerate())
    played: list[Trace] = []

    async def left_behind() -> str:
        threads = (f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads_before)
        left = await what_is_left()
        return "; ".join((*left.tasks, *left.sockets, *threads))

    async def main() -> None:
        async with aclosing(EmbeddedServer(seed=task.seed)) as server:
            trace = await play(
                task.case,
                seed=task.seed,
                clock="virtual",
                proxy_server=server,
                open_trace=task.open_trace,
                left_behind=left_behind,
                script=task.script,
            )
            played.append(trace)

    try:
        VirtualTime().run(main, seed=task.seed)
    except (Exception, SystemExit) as error:
        # A task that does not end by itself keeps the engine from ending; the trace is whole then, and says so.
        if not played:
            return Finished(number=task.number, broken_off=words(error))
    return Finished(number=task.number, result=judge(played[0], ""), cpu_s=time.process_time() - began_s)


def _end_with_parent() -> None:
    """A worker whose parent was killed must not live on: the operating system tells it, on a thread of its own."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()
