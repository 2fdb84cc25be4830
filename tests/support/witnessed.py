"""What the invariants say of a client in a case, on the running (virtual) clock."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing

from harness.engines.virtual_time.leftovers import what_is_left
from harness.expectations.invariants import Ruling, Said, rule
from harness.faults.embedded import EmbeddedServer
from harness.runner.play import play
from harness.scenario import Case
from harness.trace import Trace

__all__ = ["accused", "ruled_by", "witnessed"]


async def witnessed(case: Case, *, client: str | None, seed: int | None = None) -> Trace:
    """The case played with this client; None is deadair's own provider."""
    chosen = case.seed if seed is None else seed
    async with aclosing(EmbeddedServer(seed=chosen)) as server:
        return await play(
            case.model_copy(update={"client": client, "seed": chosen}),
            seed=chosen,
            clock="virtual",
            proxy_server=server,
            left_behind=_what_is_left,
        )


def ruled_by(trace: Trace) -> Mapping[str, Ruling]:
    case = Case.model_validate(trace.header.case)
    return rule(trace, case, case.expect.limits)


def accused(trace: Trace) -> dict[str, str]:
    """The broken invariants, each with its sentence; and those whose check itself failed."""
    return {
        number: ruling.sentence
        for number, ruling in ruled_by(trace).items()
        if ruling.said is Said.BROKEN or "the check itself failed" in ruling.sentence
    }


async def _what_is_left() -> str:
    left = await what_is_left()
    return "; ".join((*left.tasks, *left.sockets))
