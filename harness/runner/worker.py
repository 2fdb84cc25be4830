"""A worker: a process of its own in which cases are played and judged, so that a client that hangs can be ended."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any, Literal

from harness.engines import RealTime, VirtualTime
from harness.faults import ProxyServer
from harness.faults.embedded import EmbeddedServer
from harness.faults.toxiproxy import open_toxiproxy
from harness.runner.play import play
from harness.runner.registry import API_KEY
from harness.runner.stage import needs_embedded_proxy
from harness.scenario.model import Case
from harness.trace import Header, Trace, TraceWriter

__all__ = ["Finished", "How", "Judge", "Started", "Task", "work"]

Judge = Callable[[Trace | None, str], Any]
"""Handed in by whoever runs cases: makes a result of a finished trace; or of None and the words for what broke the run
off. It is called in the worker, so it must be a function of a module."""

STARTS_APART_S = 0.02
"""On the real clock cases start this far apart, so that their frames do not all fall due at one instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How cases are played. `toxiproxy` is the program or the address of the real one, as `find_toxiproxy` gives it; it
    is for the real clock only, and None stands for the embedded proxy."""

    clock: Literal["real", "virtual"]
    toxiproxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run of one case. `folder` exists, and takes the trace."""

    number: int
    case: Case
    seed: int
    folder: Path

    @property
    def trace_path(self) -> Path:
        return self.folder / "trace.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that is over. `result` is what the judge made of it, `lasted_us` its length on its own clock. `cpu_s` is
    what it cost on the virtual clock; on the real one cases share a process, and it is 0."""

    number: int
    result: Any
    proxy: str = ""
    lasted_us: int = 0
    cpu_s: float = 0.0
    notes: tuple[str, ...] = field(default=())


def work(tasks: tuple[Task, ...], how: How, judge: Judge, pipe: connection.Connection) -> None:
    """Play `tasks` and send `Started` and `Finished` for each; the body of the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL if how.clock == "virtual" else signal.default_int_handler)
    _end_with_parent()
    try:
        if how.clock == "virtual":
            for task in tasks:
                pipe.send(Started(number=task.number))
                pipe.send(_play_virtual(task, judge))
        else:
            RealTime().run(lambda: _play_side_by_side(tasks, how, judge, pipe))
    except KeyboardInterrupt:
        pass
    finally:
        pipe.close()


def _end_with_parent() -> None:
    """A worker whose parent was killed must not live on: the operating system tells it, on a thread of its own."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


# ── the virtual clock: one case after the other ──────────────────────────────


def _play_virtual(task: Task, judge: Judge) -> Finished:
    began_s = time.process_time()

    async def main() -> Trace:
        async with aclosing(EmbeddedServer(seed=task.seed)) as server:
            return await play(
                task.case, seed=task.seed, clock="virtual", proxy_server=server, open_trace=_writer_for(task)
            )

    try:
        trace = VirtualTime().run(main, seed=task.seed)
    except Exception as error:
        return _broken_off(task, error, judge)
    return _finished(task, trace, judge, cpu_s=time.process_time() - began_s)


# ── the real clock: all cases at once ────────────────────────────────────────


async def _play_side_by_side(tasks: tuple[Task, ...], how: How, judge: Judge, pipe: connection.Connection) -> None:
    host = _Host()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(host.watch())
        async with asyncio.TaskGroup() as cases:
            for index, task in enumerate(tasks):
                cases.create_task(_play_real(task, how, judge, pipe, host, start_after_s=index * STARTS_APART_S))
        watching.cancel()


async def _play_real(
    task: Task, how: How, judge: Judge, pipe: connection.Connection, host: _Host, *, start_after_s: float
) -> None:
    await asyncio.sleep(start_after_s)
    pipe.send(Started(number=task.number))
    notes: list[str] = []
    try:
        async with AsyncExitStack() as stack:
            server = await _proxy_server(task, how, notes, stack)
            trace = await play(
                task.case,
                seed=task.seed,
                clock="real",
                proxy_server=server,
                open_trace=_writer_for(task),
                late_us=host.worst_us_since(asyncio.get_running_loop().time()),
            )
    except Exception as error:
        # One case that breaks must not take down those that run beside it.
        pipe.send(_broken_off(task, error, judge))
    else:
        pipe.send(_finished(task, trace, judge, notes=tuple(notes)))


async def _proxy_server(task: Task, how: How, notes: list[str], stack: AsyncExitStack) -> ProxyServer:
    """A fault proxy for this case alone: a Toxiproxy whose control port freezes then hurts nobody else."""
    if how.toxiproxy is not None:
        reason = needs_embedded_proxy(task.case)
        if reason is None:
            return await stack.enter_async_context(aclosing(await open_toxiproxy(how.toxiproxy)))
        notes.append(f"played behind the embedded proxy: {reason}")
    return await stack.enter_async_context(aclosing(EmbeddedServer(seed=task.seed)))


class _Host:
    """How late this machine's timers are: where they are too late, waits say nothing about the client."""

    LOOK_EVERY_S = 0.05

    def __init__(self) -> None:
        self._late: list[tuple[float, int]] = []

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + self.LOOK_EVERY_S
            await asyncio.sleep(self.LOOK_EVERY_S)
            late_us = round((loop.time() - due_s) * 1e6)
            if late_us > 1000:
                self._late.append((due_s, late_us))

    def worst_us_since(self, began_s: float) -> Callable[[], int]:
        return lambda: max((late for at, late in self._late if at >= began_s), default=0)


# ── results ──────────────────────────────────────────────────────────────────


def _writer_for(task: Task) -> Callable[[Header], TraceWriter]:
    return lambda header: TraceWriter(task.trace_path, header, secrets=[API_KEY])


def _finished(task: Task, trace: Trace, judge: Judge, *, cpu_s: float = 0.0, notes: tuple[str, ...] = ()) -> Finished:
    return Finished(
        number=task.number,
        result=judge(trace, ""),
        proxy=trace.header.proxy,
        lasted_us=trace.end.at_us if trace.end is not None else 0,
        cpu_s=cpu_s,
        notes=notes,
    )


def _broken_off(task: Task, error: BaseException, judge: Judge) -> Finished:
    """A run that our own side could not bring to its end. The trace file stays as it is, without a last line."""
    return Finished(number=task.number, result=judge(None, f"{type(error).__name__}: {error}"))
