"""Profiles to compare, written by hand, as short as what they say."""

from __future__ import annotations

from collections.abc import Sequence

from harness.expectations import Verdict
from harness.regression.drift import Side
from harness.regression.profile import Profile, Seen
from harness.regression.shape import Order, Shape

__all__ = ["CASE", "HOSTILE", "case", "run", "scattered", "shape", "side"]

CASE = "calls.yaml::a call"

HOSTILE = "<script>alert(1)</script> | `x` \x1b[31m @all \u202e ]( \"' --> {{ 7*7 }} https://evil.example/\n# no"
"""Means something to HTML, Markdown, terminals, shells and templates, and to people as well."""

CUT = ("wire.attempt", "wire.ready", "fault.drop", "wire.closed 1006 by proxy", "connection.reconnecting 1")
BACK = ("wire.attempt", "wire.ready", "connection.reconnected")


def shape(
    *,
    fails: str = "",
    because: str = "the 1st wait was wrong",
    order: Sequence[str] = (*CUT, *BACK),
    sent: Sequence[str] = ("connection 1", "client.session.update"),
    waits_s: Sequence[float] = (1.0,),
    **audio_ms: int,
) -> Shape:
    """A run that passed; or that failed by the expectations that `fails` names (`"backoff I11"`). `caller_lost=40` is audio."""
    return Shape(
        verdict=Verdict.FAIL if fails else Verdict.PASS,
        sentence=because if fails else "",
        broken=tuple(fails.split()),
        order=Order.of(order),
        sent=Order.of(sent),
        waits_us=tuple(round(wait * 1e6) for wait in waits_s),
        audio_us={name.replace("_", " "): ms * 1000 for name, ms in audio_ms.items()},
    )


def run(of: Shape | None = None, *, seed: int = 0, **took_ms: float) -> Seen:
    """`run(outage=1003.2)` is one on the real clock."""
    timings = {name.replace("_", " "): round(ms * 1000) for name, ms in took_ms.items()}
    return Seen(seed=seed, shape=of or shape(), timings_us=timings)


def case(
    *runs: Seen, case_id: str = CASE, clock: str = "virtual", asks: str = "1234", verdict: Verdict | None = None
) -> Profile:
    told = runs or (run(),)
    verdicts = {each.shape.verdict for each in told}
    return Profile(
        case_id=case_id,
        clock=clock,
        asks=asks,
        verdict=verdict or (verdicts.pop() if len(verdicts) == 1 else Verdict.FLAKY),
        runs=told,
    )


def scattered(
    kind: str, middle_ms: float, *, times: int = 20, step_ms: float = 0.5, of: Shape | None = None
) -> tuple[Seen, ...]:
    """Runs on the real clock that took about so long: one after the other a step longer."""
    return tuple(run(of, **{kind: middle_ms + step_ms * (number - times / 2)}) for number in range(times))


def side(*profiles: Profile, name: str = "base", yardstick_us: Sequence[int] = (), folder: str = "") -> Side:
    known = {each.key: each for each in profiles}
    return Side(name=name, profiles=known, yardstick_us=tuple(yardstick_us), run=folder)
