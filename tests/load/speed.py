"""How fast each mock is beside a bare echo server: `python -m tests.load.speed`.

Connections, round trips and pipelined messages per second. Both servers run at the same time, in a process of their own
each, and are measured in turns; the quickest turn of each counts, for it is the one that the rest of the machine disturbed least.
Then 1,000 connections are held, and the memory that each costs is told.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.load.routes import ECHO, ROUTES
from tests.load.served import Served, files_for, served
from tests.load.wire import Wire

__all__ = ["MEASURES"]


def connect(server: Served, count: int) -> None:
    """Connect, hear the greeting, close: one after the other."""
    for _ in range(count):
        Wire(server.port, ROUTES[server.name]).close()


def ask(server: Served, count: int) -> None:
    with Wire(server.port, ROUTES[server.name]) as wire:
        wire.round_trips(count)


def pipeline(server: Served, count: int) -> None:
    with Wire(server.port, ROUTES[server.name]) as wire:
        wire.pipelined(count)


SETTINGS: Mapping[str, Mapping[str, object]] = {"deepgram": {"concurrent_speak_max": 2_000}}
"""An account for as many connections as are held."""

MEASURES: Mapping[str, tuple[Callable[[Served, int], None], int]] = {
    "connections": (connect, 40),
    "round trips": (ask, 300),
    "pipelined messages": (pipeline, 1_000),
}
"""What is done, and how often in a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one of a kind takes: by the wall clock, and of the server's processor alone."""

    wall_s: float
    cpu_s: float


def costs(servers: tuple[Served, ...], measure: str, *, turns: int) -> dict[str, Cost]:
    """What it costs each server in the quickest of so many turns."""
    do, count = MEASURES[measure]
    took: dict[str, list[Cost]] = {server.name: [] for server in servers}
    for turn in range(turns):
        for server in servers if turn % 2 else reversed(servers):
            cpu_s, began_s = server.cpu_s, time.perf_counter()
            do(server, count)
            wall_s = time.perf_counter() - began_s
            took[server.name].append(Cost(wall_s=wall_s / count, cpu_s=(server.cpu_s - cpu_s) / count))
    return {
        name: Cost(wall_s=min(cost.wall_s for cost in each), cpu_s=min(cost.cpu_s for cost in each))
        for name, each in took.items()
    }


def memory_bytes(server: Served, connections: int) -> float:
    """What the server's process grows by for each of so many connections that stand at the same time."""
    connect(server, 50)
    before = server.memory_bytes
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(Wire(server.port, ROUTES[server.name]))
        return (server.memory_bytes - before) / connections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*", help="all, if none is named")
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--held", type=int, default=1_000, help="connections that are held at the same time")
    options = parser.parse_args()
    files_for(options.held)
    for name in options.vendors or [name for name in ROUTES if name != ECHO]:
        with served(ECHO) as echo, served(name, settings=SETTINGS.get(name)) as mock:
            print(f"\n{name:20}{'mock':>11}{'echo':>11}{'ratio':>7}{'of CPU: mock':>16}{'echo':>10}{'ratio':>7}")
            for measure in MEASURES:
                found = costs((echo, mock), measure, turns=options.turns)
                ours, theirs = found[name], found[ECHO]
                print(
                    f"{measure:20}{1 / ours.wall_s:>9,.0f}/s{1 / theirs.wall_s:>9,.0f}/s{theirs.wall_s / ours.wall_s:>7.2f}"
                    f"{ours.cpu_s * 1e6:>13,.0f} µs{theirs.cpu_s * 1e6:>7,.0f} µs{theirs.cpu_s / ours.cpu_s:>7.2f}"
                )
            held = {server.name: memory_bytes(server, options.held) / 1024 for server in (mock, echo)}
            of = f"{options.held:,} held, each"
            print(f"{of:20}{held[name]:>8,.1f} KB{held[ECHO]:>8,.1f} KB{held[ECHO] / held[name]:>7.2f}")


if __name__ == "__main__":
    main()
