"""Simulated runs of a case: the same case again and again, with other network delays, other late timers and other draws."""

from __future__ import annotations

from contextlib import aclosing

from harness.engines import VirtualTime
from harness.faults import EmbeddedServer
from harness.runner.play import play
from harness.scenario import Case
from harness.trace import Trace
from tests.support.outcomes import Outcome, outcome

__all__ = ["simulated"]

TIMER_SLOPS_S = (0.0, 1.3e-3)
"""On time, and as late as an idle machine is at worst: epoll counts in milliseconds, and a thread has to wake."""

BUSY_SLOPS_S = (0.0, 1.3e-3, 10e-3, 50e-3)
"""For the runs beyond `QUIET_RUNS`: a machine with more to do than it can."""

QUIET_RUNS = 24


def simulated(case: Case, numbers: range) -> list[Outcome]:
    """The outcomes of the simulated runs of these numbers; equal numbers give equal runs."""
    return [outcome(_run(case, number)) for number in numbers]


def _run(case: Case, number: int) -> Trace:
    slops_s = TIMER_SLOPS_S if number < QUIET_RUNS else BUSY_SLOPS_S

    async def main() -> Trace:
        # The conversation keeps the case's own seed: other words would be other bytes, and `limit_data` counts bytes.
        async with aclosing(EmbeddedServer(seed=number)) as server:
            return await play(case, seed=case.seed, clock="virtual", proxy_server=server)

    return VirtualTime(timer_slop_s=slops_s[number % len(slops_s)]).run(main, seed=number)
