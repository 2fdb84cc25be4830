"""A handful of cases with much in them, played on the virtual clock: `python -m tests.support.equal_traces` prints the
digest of each one's trace."""

from __future__ import annotations

import hashlib
import json
from contextlib import aclosing
from functools import cache
from pathlib import Path

import harness.scenario
import scenarios
from harness.engines import VirtualTime
from harness.faults.embedded import EmbeddedServer
from harness.runner.play import play
from harness.scenario.model import Case
from harness.trace import Trace, dump

__all__ = ["SCENARIOS", "traces"]

PACK = Path(scenarios.__file__).resolve().parent

SCENARIOS = (
    "gives up only after 1+2+4+8+16",
    "reset while the caller speaks",
    "a slow link delays but loses nothing",
    "frames arrive in pieces",
    "moves in the middle of a sentence where it must",
    "a short gap is replayed whole",
)
"""Each with all its cases, so with every provider that it knows: a ladder, jitter, a slicer, goAway, a replay."""


@cache
def cases() -> dict[str, Case]:
    """They, by their names."""
    pack = harness.scenario.load([PACK], root=PACK.parent).checked()
    return {case.id.partition("::")[2]: case for case in pack if case.scenario in SCENARIOS}


def traces(*, seed: int = 0, backwards: bool = False) -> dict[str, bytes]:
    """Each case's trace as the bytes of its file, without the environment; played in their order, or the other way."""
    chosen = list(cases().items())
    return {name: _trace(case, seed) for name, case in (reversed(chosen) if backwards else chosen)}


def _trace(case: Case, seed: int) -> bytes:
    async def main() -> Trace:
        async with aclosing(EmbeddedServer(seed=seed)) as server:
            return await play(case, seed=seed, clock="virtual", proxy_server=server)

    lines = dump(VirtualTime().run(main, seed=seed)).splitlines(keepends=True)
    header = json.loads(lines[0])
    del header["environment"]
    return b"".join((json.dumps(header, sort_keys=True).encode(), *lines[1:]))


if __name__ == "__main__":
    print(json.dumps({name: hashlib.sha256(trace).hexdigest() for name, trace in traces().items()}))
