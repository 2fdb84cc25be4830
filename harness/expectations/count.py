"""Count: how often events happen."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.finding import Finding, broken, kept
from harness.expectations.words import limit, meets, moment
from harness.scenario.model import Bound, Case
from harness.trace import Event, Trace
from harness.trace.query import find

__all__ = ["check"]

NAME = "count"


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    for kind, bound in case.expect.count.items():
        seen = find(trace, kind)
        got = len(seen)
        if meets(bound, got):
            yield kept(NAME, f"{kind} came {_times(got)}", expected=limit(bound), got=got)
            continue
        surplus = _first_too_many(bound, seen)
        where = f", one too many at {moment(surplus.at_us)}" if surplus is not None else ""
        yield broken(
            NAME,
            f"{kind} came {_times(got)} instead of {limit(bound)}{where}",
            at_us=surplus.at_us if surplus is not None else None,
            expected=limit(bound),
            got=got,
        )


def _first_too_many(bound: Bound, seen: tuple[Event, ...]) -> Event | None:
    """The event with which an upper limit was passed; None where there were too few."""
    if bound.op in (">=", ">"):
        return None
    most = int(bound.value) - (1 if bound.op == "<" else 0)
    return seen[most] if 0 <= most < len(seen) else None


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
