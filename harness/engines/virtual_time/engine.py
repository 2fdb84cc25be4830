"""The engine of virtual time: a day passes in as long as its events take to compute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from harness.engines.errors import EngineError
from harness.engines.virtual_time.clock import VirtualClock
from harness.engines.virtual_time.cures import ALL_CURES, Cure
from harness.engines.virtual_time.determinism import determined
from harness.engines.virtual_time.leftovers import Leftovers, go_round, what_is_left
from harness.engines.virtual_time.link import LinkProfile
from harness.engines.virtual_time.loop import VirtualLoop
from harness.engines.virtual_time.tcp import FakeListener

__all__ = ["VirtualTime"]

T = TypeVar("T")

_ENDING_S = 3600.0
"""How much more virtual time the tasks that a program left behind get for their own endings."""

_ENDING_STEPS = 200_000


class VirtualTime:
    """Runs a program on a clock that jumps over every wait, over a network in memory; equal seeds give equal runs.

    Args:
        link: How long segments travel between two sockets.
        timer_slop_s: Timers are late by up to this, as on the real clock; at least 0.
        horizon_s: When a run is over at the latest, in virtual seconds.
        max_steps: How many rounds the loop may make; a round costs about 10 µs.
    """

    clock = "virtual"

    def __init__(
        self,
        *,
        link: LinkProfile | None = None,
        timer_slop_s: float = 0.0,
        horizon_s: float = 86_400.0,
        max_steps: int = 50_000_000,
        _start_s: float = 0.0,
        _cures: frozenset[Cure] = ALL_CURES,
    ) -> None:
        if timer_slop_s < 0:
            raise ValueError(f"a timer is never early: timer_slop_s is {timer_slop_s}")
        self._link = link if link is not None else LinkProfile()
        self._timer_slop_s = timer_slop_s
        self._horizon_s = horizon_s
        self._max_steps = max_steps
        self._start_s = _start_s
        self._cures = _cures
        self.leftovers = Leftovers()
        """What the program of the last run had not ended itself, in the instant in which it was over."""

    def run(self, main: Callable[[], Coroutine[Any, Any, T]], *, seed: int = 0) -> T:
        """Run `main()` until it returns; then cancel its tasks, in order, and close its sockets.

        Raises:
            NothingLeft: If the program waits for what can no longer happen.
            HorizonReached: If it goes on beyond `horizon_s`.
            StepsExhausted: If it spins.
            NotSimulated: Out of the program's own call, if it asks for what exists on the real clock alone.
        """
        clock = VirtualClock(self._start_s)
        with determined(seed, clock, cures=self._cures):
            loop = VirtualLoop(
                clock=clock,
                seed=seed,
                link=self._link,
                timer_slop_s=self._timer_slop_s,
                horizon_s=self._horizon_s,
                max_steps=self._max_steps,
                cures=self._cures,
            )
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                try:
                    result = runner.run(main())
                except BaseException:
                    self._end(runner, loop, failed=True)
                    raise
                self._end(runner, loop, failed=False)
                return result

    def _end(self, runner: asyncio.Runner, loop: VirtualLoop, *, failed: bool) -> None:
        loop.horizon_s = loop.time() + _ENDING_S
        loop.steps_left = _ENDING_STEPS
        self.leftovers = runner.run(what_is_left())
        try:
            runner.run(_tasks_ended(loop))
        except EngineError:
            # A task refuses to end. If the program has failed already, that failure is the one to hear of.
            loop.forget_tasks()
            if not failed:
                raise
        finally:
            runner.run(_sockets_closed(loop))


async def _tasks_ended(loop: VirtualLoop) -> None:
    """Cancel what still runs, and what that starts on its way out; errors go where asyncio.run sends them."""
    while tasks := _others(loop):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                loop.call_exception_handler(
                    {"message": "a task failed while it was ended", "exception": error, "task": task}
                )


async def _sockets_closed(loop: VirtualLoop) -> None:
    for transport in loop.open_transports():
        transport.abort()
    for endpoint in loop.network.open_sockets():
        if isinstance(endpoint, FakeListener):
            loop.remove_reader(endpoint.number)
            endpoint.close()
    await go_round()


def _others(loop: VirtualLoop) -> tuple[asyncio.Task[Any], ...]:
    return tuple(task for task in loop.waiting() if task is not asyncio.current_task())
