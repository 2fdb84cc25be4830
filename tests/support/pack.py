"""The pack as tests see it: all its cases, and one of them played on the clock that it asks for, or on the virtual one."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import scenarios
from harness.expectations import Judgement, judge
from harness.faults.embedded import EmbeddedServer
from harness.runner.play import play
from harness.scenario import Case, load

__all__ = ["CASES", "PACK", "cases_of", "played"]

PACK = Path(scenarios.__file__).parent
CASES = load([PACK], root=PACK.parent).checked()


def cases_of(scenario: str) -> tuple[Case, ...]:
    """The cases of every scenario of this name."""
    return tuple(case for case in CASES if case.scenario == scenario)


async def played(case: Case, *, client: str | None = None, seed: int | None = None) -> Judgement:
    """The judgement on `case`, with another client or seed than its own if one is given; the running loop has the clock
    that the case asks for."""
    own_seed = case.seed if seed is None else seed
    async with aclosing(EmbeddedServer(seed=own_seed)) as server:
        case = case.model_copy(update={"client": client})
        return judge(await play(case, seed=own_seed, clock=case.clock or "virtual", proxy_server=server))
