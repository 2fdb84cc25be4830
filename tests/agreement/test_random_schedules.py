"""Random schedules of faults: what really happened is among the ways that the simulation goes.

Each schedule is played once on the real clock, all of them side by side, behind the embedded proxy and behind Toxiproxy, and
many times on the virtual clock with network jitter and late timers. More runs only make the simulated set larger, so
they are added where the real outcome is not yet in it: a schedule on a knife edge needs them, most do not.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from harness.runner.task import How
from harness.scenario import Case
from harness.scenario.model import Refuse
from harness.trace import Trace
from tests.support.outcomes import AGREES_WITHIN_US, Outcome, is_member, outcome
from tests.support.plays import JOBS, play_all
from tests.support.schedules import random_schedule
from tests.support.simulations import simulated
from tests.support.toxiproxy import toxiproxy_or_skip

RUNS = (2, 8, 24, 72, 200)
"""How many simulated runs a schedule gets at first, and how many where its real outcome is not among them."""

VOID_SHARE_MAX = 0.1
"""Toxiproxy's control port can freeze under toxics that come and go on live connections (upstream #558, open): such a
run is void, and more of them than this would hide something."""


ONCE_ONLY_MAX = 2
"""Toxiproxy is told of a fault over HTTP, which takes some milliseconds of which the simulation knows nothing. An attempt that
begins in just these can go its own way. (Seen: `down` at 1.750 s, an attempt at 1.746 s, its upgrade answered at 1.754 s.)
Such a schedule is played again; one that is a stranger again is no accident, and more of them than this are none either."""


LATE_US = 10_000
AGAIN_AT_MOST = 2
"""A host whose timers were later than this has done in that run what few simulated ones do. Such a run is played again, as
`deadair run` plays again what only a slow host has spoilt, and as often, before many simulated ones are looked through for it;
a stranger that was on time is one."""


class Simulation:
    """The simulated outcomes of schedules, played in processes beside this one, and kept for whoever asks again."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._outcomes: dict[str, list[Outcome]] = {}

    def among(
        self, real: Mapping[str, tuple[Case, Trace]], *, widenings: Sequence[int] = RUNS
    ) -> dict[str, list[Outcome]]:
        """For each real run, the simulated outcomes that were needed to find it among them, or all there are."""
        missing = dict(real)
        for runs in widenings:
            self._widen([case for case, _ in missing.values()], runs)
            missing = {id_: run for id_, run in missing.items() if not self._has(id_, run[1])}
        return {id_: self._outcomes[id_] for id_ in real}

    def _has(self, id_: str, trace: Trace) -> bool:
        return found(trace, self._outcomes[id_])

    def _widen(self, cases: list[Case], runs: int) -> None:
        asked = [
            (case.id, self._pool.submit(simulated, case, range(len(self._outcomes.get(case.id, ())), runs)))
            for case in cases
            if len(self._outcomes.get(case.id, ())) < runs
        ]
        for id_, promised in asked:
            self._outcomes.setdefault(id_, []).extend(promised.result())


def found(trace: Trace, outcomes: list[Outcome]) -> bool:
    return is_member(outcome(trace), outcomes, within_us=AGREES_WITHIN_US + late_us(trace))


def late_us(trace: Trace) -> int:
    """By how much this host's timers were late, at worst."""
    return trace.end.late_us if trace.end is not None else 0


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with ProcessPoolExecutor(max_workers=JOBS, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Simulation(pool)


@pytest.mark.real_time
@pytest.mark.parametrize("proxy", ["embedded", pytest.param("toxiproxy", marks=pytest.mark.toxiproxy)])
def test_what_really_happened_is_among_the_simulated_outcomes(
    proxy: str, simulation: Simulation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    how = How(clock="real", toxiproxy=toxiproxy_or_skip() if proxy == "toxiproxy" else None)
    schedules = [random_schedule(seed) for seed in range(request.config.getoption("--schedules"))]
    if proxy == "toxiproxy":
        schedules = [case for case in schedules if not refuses(case)]

    real = play_all(schedules, how, tmp_path)

    runs = {id_: (play.case, play.trace) for id_, play in real.items() if play.trace.end is not None}
    void = len(schedules) - len(runs)
    for number in range(AGAIN_AT_MOST):
        few = simulation.among(runs, widenings=RUNS[:2])
        late = [id_ for id_, (_, trace) in runs.items() if late_us(trace) > LATE_US and not found(trace, few[id_])]
        if not late:
            break
        again = play_all([runs[id_][0] for id_ in late], how, tmp_path / f"late-{number}")
        runs |= {id_: (play.case, play.trace) for id_, play in again.items() if play.trace.end is not None}
    outcomes = simulation.among(runs)
    strangers = [id_ for id_, (_, trace) in runs.items() if not found(trace, outcomes[id_])]
    once_only = []
    if proxy == "toxiproxy" and 0 < len(strangers) <= ONCE_ONLY_MAX:
        again = play_all([runs[id_][0] for id_ in strangers], how, tmp_path / "again")
        once_only = [id_ for id_ in strangers if found(again[id_].trace, outcomes[id_])]
        strangers = [id_ for id_ in strangers if id_ not in once_only]
    sizes = sorted(len({one.shape for one in outcomes[id_]}) for id_ in runs)
    print(
        f"{proxy}: {len(schedules)} schedules, {len(runs) - len(strangers)} members ({len(once_only)} of them at the "
        f"second try), {void} void; "
        f"{sum(size == 1 for size in sizes)} go one way, at most {max(sizes)} ways"
    )
    assert strangers == [], "\n".join(described(id_, runs[id_][1], outcomes[id_]) for id_ in strangers)
    assert void <= VOID_SHARE_MAX * len(schedules)


def refuses(case: Case) -> bool:
    """Whether new connections are refused: Toxiproxy can do that only by ending the old ones, and with them an attempt
    whose upgrade is under way, which the embedded proxy leaves alone."""
    return any(isinstance(fault.do, Refuse) for fault in case.faults)


def described(id_: str, trace: Trace, outcomes: list[Outcome]) -> str:
    """What really happened, and the simulated outcome that is most like it."""
    real = outcome(trace)
    nearest = max(
        outcomes, key=lambda other: _agreeing(real.shape[0], other.shape[0]) + _agreeing(real.shape[1], other.shape[1])
    )
    late_ms = late_us(trace) / 1000
    lines = [f"{id_} is none of {len(outcomes)} simulated outcomes; its host was late by up to {late_ms:.0f} ms"]
    lines += [
        f"    fault {e.at_us / 1e6:7.3f} s  {e.kind} {dict(e.fields)}" for e in trace.events if e.owner == "fault"
    ]
    for name, story, other in (("wire", real.wire, nearest.wire), ("client", real.connection, nearest.connection)):
        lines += [f"    {name} really    " + ", ".join(f"{m.what} @{m.at_us / 1e6:.3f}" for m in story)]
        lines += [f"    {name} simulated " + ", ".join(f"{m.what} @{m.at_us / 1e6:.3f}" for m in other)]
    return "\n".join(lines)


def _agreeing(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
