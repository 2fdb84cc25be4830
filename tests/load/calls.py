"""Many calls at once on one mock, at the pace of people: `python -m tests.load.calls`.

The mock is one process with one thread, its callers are another. For each vendor: how late the paced messages came, what the server
needed of a core, and, for a single answer of a minute, how far its pace has drifted at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tests.load.callers import FRAME_S, GATHERED, Caller, said_frames
from tests.load.pacing import REAL_TIME
from tests.load.routes import ROUTES, Route
from tests.load.served import Served, files_for, served
from tests.load.wire import request

__all__ = ["Load", "calls", "one_long_answer"]

GROUPS = 10
"""The callers' frames come at as many times, evenly over the 20 ms: no two people dial at the same microsecond."""

LONG_ANSWER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of some calls: the lateness of every paced message, how busy the server was, of one core, and how many calls
    heard nothing."""

    late_s: Sequence[float]
    busy: float
    unanswered: int

    @property
    def told(self) -> str:
        if len(self.late_s) < 2:
            return f"{len(self.late_s):>9,}{'too short a time to tell anything':>60}"
        cuts = statistics.quantiles(self.late_s, n=100)
        p50, p99, worst = cuts[49] * 1e3, cuts[98] * 1e3, max(self.late_s) * 1e3
        return (
            f"{len(self.late_s):>9,}{p50:>9.1f} ms{p99:>9.1f} ms{worst:>9.1f} ms{self.busy:>9.0%}{self.unanswered:>12}"
        )


@contextlib.asynccontextmanager
async def _callers(server: Served, count: int) -> AsyncIterator[list[Caller]]:
    loop = asyncio.get_running_loop()
    head = request(Route(path=GATHERED[server.name], header=ROUTES[server.name].header, asks=()))
    callers = []
    try:
        for _ in range(count):
            _, caller = await loop.create_connection(lambda: Caller(server.name, head), "127.0.0.1", server.port)
            callers.append(caller)
            async with asyncio.timeout(30):
                await caller.upgraded.wait()
        yield callers
    finally:
        for caller in callers:
            caller.transport.abort()
        await asyncio.sleep(0)


async def calls(server: Served, count: int, *, lasts_s: float) -> Load:
    """So many calls at the same time.

    Raises:
        ConnectionError: If the server has closed one of them.
    """
    frames = said_frames(server.name)
    async with _callers(server, count) as callers:
        cpu_s = server.cpu_s
        await _talk(callers, frames, lasts_s)
        busy = (server.cpu_s - cpu_s) / lasts_s
        closed = [caller.closed for caller in callers if caller.closed is not None or caller.transport.is_closing()]
        if closed:
            raise ConnectionError(f"{len(closed)} of {count} calls were ended: {closed[0]!r}")
        return Load(
            late_s=[late_s for caller in callers for late_s in caller.pacing.late_s],
            busy=busy,
            unanswered=sum(caller.pacing.pieces == 0 for caller in callers),
        )


async def one_long_answer(server: Served, *, lasts_s: float) -> float:
    """How far the pace of an answer has drifted when it has lasted so long, in seconds."""
    frames = said_frames(server.name, listens_s=2 * lasts_s)
    if server.name == "deepgram":
        frames = said_frames(server.name, speaks_s=lasts_s, listens_s=0.0)
    async with _callers(server, 1) as (caller,):
        await _talk([caller], frames, lasts_s + 4.0)
        return caller.pacing.drift_s


async def _talk(callers: Sequence[Caller], frames: Sequence[bytes], lasts_s: float) -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(round(lasts_s / FRAME_S)):
        for group in range(GROUPS):
            await asyncio.sleep(began_s + (number + group / GROUPS) * FRAME_S - loop.time())
            for place, caller in enumerate(callers[group::GROUPS]):
                # Each is somewhere else in the call.
                caller.transport.write(frames[(number + 7 * (place * GROUPS + group)) % len(frames)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*", help="all, if none is named")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--lasts", type=float, default=20.0, help="seconds")
    parser.add_argument("--long", type=float, default=LONG_ANSWER_S, help="seconds of the long answer; 0 for none")
    options = parser.parse_args()
    files_for(options.calls)
    print(
        f"{options.calls} calls for {options.lasts:g} s{'messages':>16}{'p50':>12}{'p99':>12}{'worst':>12}{'of a core':>10}{'unanswered':>12}"
    )
    for name in options.vendors or list(GATHERED):
        with served(name, settings=REAL_TIME[name]) as server:
            load = asyncio.run(calls(server, options.calls, lasts_s=options.lasts))
            print(f"{name:24}{load.told}")
        if options.long:
            with served(name, settings=REAL_TIME[name], answer_s=options.long) as server:
                drift_s = asyncio.run(one_long_answer(server, lasts_s=options.long))
                print(f"{'':24}after {options.long:g} s the pace of an answer is off by {drift_s * 1e3:+.1f} ms")


if __name__ == "__main__":
    main()
