"""The real clock: many cases on one loop, started so that they end together."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from harness.clients.named import is_command
from harness.faults import ProxyServer
from harness.faults.embedded import EmbeddedServer
from harness.faults.toxiproxy_process import program_or_address
from harness.runner.held_loop import playing
from harness.runner.play import play
from harness.runner.stage import needs_embedded_proxy
from harness.runner.task import Finished, How, Started, Task
from harness.runner.telling import words
from harness.scenario.model import Case, CloseFrame, Down, Refuse, StopReading

if TYPE_CHECKING:
    from harness.faults.toxiproxy import ToxiproxyServer

__all__ = ["play_side_by_side", "starts_s", "why_embedded"]

STARTS_APART_S = 0.4
"""Where there is time, cases start this far apart: a machine that is busy with all of them at once has late timers."""

STARTS_APART_S_MIN = 0.1
CROWD = 30
CROWDED_STARTS_APART_S = 0.3
"""Where there is no time, the first ones may start closer together, and the rest of a crowd may not: what it takes to begin
a call is much more than to go on with it, and a burst of beginnings makes all timers late by tenths of a second."""

AT_ONCE_MAX = 90
"""Cases in play at one time on one loop. More of them cost more than a core has, and then every timer is late; the rest
start as others end."""

CHILDREN_MAX = 8
"""Clients in processes of their own that run at one time beside each other: the largest take 300 MB each."""

CHILDREN_STARTING_MAX = 1
"""What a program does as it starts takes a whole core for seconds, and the others would feel it."""


def starts_s(cases: Iterable[Case]) -> list[float]:
    """When each case starts, in seconds from now: the longest at once, the others in the time that they leave, so that
    all take about as long as the longest; a crowd takes longer."""
    by_s = [case.expect.end.by_us / 1e6 for case in cases]
    spare_s = [max(by_s, default=0.0) - own for own in by_s]
    starts = [0.0] * len(by_s)
    earliest_s = 0.0
    for place, index in enumerate(sorted(range(len(by_s)), key=lambda index: spare_s[index])):
        starts[index] = max(earliest_s, min(spare_s[index], place * STARTS_APART_S))
        earliest_s = starts[index] + (STARTS_APART_S_MIN if place < CROWD else CROWDED_STARTS_APART_S)
    return starts


async def play_side_by_side(
    tasks: tuple[Task, ...], how: How, tell: Callable[[Started | Finished], None], turned: Callable[[], None]
) -> None:
    """Play all `tasks`, as many at once as a core bears, and tell of each as it starts and ends. Judging is left to others: it takes hundredths of
    a second, and the cases that still run would feel them. `turned` is called as long as the loop goes round."""
    with _no_full_collections():
        await _play_all(tasks, how, tell, _Host(turned))


async def _play_all(tasks: tuple[Task, ...], how: How, tell: Callable[[Started | Finished], None], host: _Host) -> None:
    async with _Proxies(how) as proxies, asyncio.TaskGroup() as group:
        watching = group.create_task(host.watch())
        children = _Children()
        room = asyncio.Semaphore(AT_ONCE_MAX)
        async with asyncio.TaskGroup() as cases:
            for task, start_s in zip(tasks, starts_s(task.case for task in tasks), strict=True):
                cases.create_task(_play_one(task, start_s, room, proxies, children, host, tell))
        watching.cancel()


async def _play_one(
    task: Task,
    start_s: float,
    room: asyncio.Semaphore,
    proxies: _Proxies,
    children: _Children,
    host: _Host,
    tell: Callable[[Started | Finished], None],
) -> None:
    await asyncio.sleep(start_s)
    playing.set(task.number)
    try:
        async with children.room_for(task), room, proxies.for_case(task) as (server, notes):
            tell(Started(number=task.number))
            await play(
                task.case,
                seed=task.seed,
                clock="real",
                proxy_server=server,
                open_trace=task.open_trace,
                late_us=host.worst_us_since,
                client_log=task.folder / "client.log",
                starting=children.starting,
                script=task.script,
            )
    except Exception as error:
        # One case that breaks must not take down those that run beside it.
        tell(Finished(number=task.number, broken_off=words(error)))
    else:
        tell(Finished(number=task.number, notes=notes))


@contextmanager
def _no_full_collections() -> Iterator[None]:
    """A collection of the oldest generation took 0.13 s with half the pack in memory, and all timers were late by it.
    A run lasts a minute or two; what the younger generations leave can wait so long."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(before[0], before[1], 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class _Proxies:
    """The fault proxy of each case.

    Toxiproxy is shared, but for the cases that may freeze its control port: one connection that nobody reads is enough,
    and then every case behind it would hang. They get one of their own, or the embedded proxy where there is no program.
    """

    def __init__(self, how: How) -> None:
        self._toxiproxy = how.toxiproxy
        self._shared: ProxyServer | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> _Proxies:
        if self._toxiproxy is not None:
            self._shared = await self._stack.enter_async_context(aclosing(await _open_toxiproxy(self._toxiproxy)))
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    def for_case(self, task: Task) -> _OneProxy:
        return _OneProxy(task, self._toxiproxy, self._shared)


class _OneProxy:
    """The proxy server for one case, and what is to be noted about it."""

    def __init__(self, task: Task, toxiproxy: str | None, shared: ProxyServer | None) -> None:
        self._task = task
        self._toxiproxy = toxiproxy
        self._shared = shared
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[ProxyServer, tuple[str, ...]]:
        reason = why_embedded(self._task.case, self._toxiproxy) if self._toxiproxy is not None else None
        if self._toxiproxy is None or reason is not None:
            server = await self._stack.enter_async_context(aclosing(EmbeddedServer(seed=self._task.seed)))
            noted = (f"played behind the embedded proxy: {reason}",) if reason is not None else ()
            return server, (*noted, *_differs_for_a_command(self._task.case))
        if self._shared is not None and not _may_freeze_toxiproxy(self._task.case):
            return self._shared, ()
        return await self._stack.enter_async_context(aclosing(await _open_toxiproxy(self._toxiproxy))), ()

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()


async def _open_toxiproxy(toxiproxy: str) -> ToxiproxyServer:
    # Here, and not above: its library brings an HTTP client along, of no use on the virtual clock.
    from harness.faults.toxiproxy import open_toxiproxy

    return await open_toxiproxy(toxiproxy)


def why_embedded(case: Case, toxiproxy: str) -> str | None:
    """Why this case is played behind the embedded proxy although there is a Toxiproxy; None if it is not."""
    if (reason := needs_embedded_proxy(case)) is not None:
        return reason
    # Of one that somebody else runs there is one alone, and all cases are behind it.
    is_others = not isinstance(program_or_address(toxiproxy), Path)
    return "it could freeze the Toxiproxy for all others" if is_others and _may_freeze_toxiproxy(case) else None


def _differs_for_a_command(case: Case) -> tuple[str, ...]:
    """What is not quite as the scenario says, for a client in a process of its own; see harness/faults/README.md."""
    if not is_command(case) or not any(isinstance(fault.do, Refuse | Down) for fault in case.faults):
        return ()
    return ("whom the port should refuse is reset as it arrives, since nobody could see it otherwise",)


def _may_freeze_toxiproxy(case: Case) -> bool:
    return any(
        isinstance(fault.do, StopReading) or (isinstance(fault.do, CloseFrame) and fault.do.never_answer)
        for fault in case.faults
    )


class _Children:
    """How many clients in processes of their own there may be at one time."""

    def __init__(self) -> None:
        self.starting = asyncio.Semaphore(CHILDREN_STARTING_MAX)
        self._running = asyncio.Semaphore(CHILDREN_MAX)

    def room_for(self, task: Task) -> AbstractAsyncContextManager[object]:
        return self._running if is_command(task.case) else nullcontext()


class _Host:
    """How late this machine's timers are: where they are too late, waits say nothing about the client."""

    LOOK_EVERY_S = 0.05
    NOTED_FROM_US = 1000

    def __init__(self, turned: Callable[[], None]) -> None:
        self._turned = turned
        self._late: list[tuple[float, int]] = []

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + self.LOOK_EVERY_S
            await asyncio.sleep(self.LOOK_EVERY_S)
            self._turned()
            now_s = loop.time()
            late_us = round((now_s - due_s) * 1e6)
            if late_us >= self.NOTED_FROM_US:
                self._late.append((now_s, late_us))

    def worst_us_since(self, began_s: float) -> int:
        return max((late_us for at_s, late_us in self._late if at_s >= began_s), default=0)
