"""What whole runs cost: a ladder of 31 s with each provider, and the pack, on the virtual clock; and how exact the waits
are on the real one. Beside each stands a yardstick of bare asyncio. Nothing here is asserted of speed.

`python -m pytest tests/benchmarks --benchmark-only`; without that option each body runs once, to see that it still does.
"""

from __future__ import annotations

import asyncio
import statistics
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

import harness.scenario
import scenarios
from harness.engines import RealTime
from harness.faults.embedded import EmbeddedServer
from harness.runner.play import play
from harness.scenario.model import Case
from harness.trace.query import attempts
from tests.support.plays import played_here

PACK = Path(scenarios.__file__).resolve().parent
PROVIDERS = ("gemini-live", "openai-realtime", "deepgram")
EVERY = 20
"""Where nothing is measured, one case in so many shows that all can be played."""

LADDER = "gives up only after 1+2+4+8+16"

WAITS = 40
FEW_WAITS = 4
"""Where nothing is measured: beside other tests, not all of forty callers get their turn in time."""

WAIT_S = 1.0


def cases(name: str = "") -> list[Case]:
    pack = harness.scenario.load([PACK], root=PACK.parent).checked()
    return [case for case in pack if name in case.id and case.clock != "real"]


@pytest.mark.benchmark(group="a ladder of 31 s on the virtual clock")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_ladder(benchmark: Any, tmp_path: Path, provider: str) -> None:
    (case,) = (case for case in cases(LADDER) if case.provider == provider)

    trace = benchmark(lambda: played_here(case, tmp_path))

    assert len(attempts(trace)) == 6
    benchmark.extra_info["events"] = len(trace.events)


@pytest.mark.benchmark(group="a ladder of 31 s on the virtual clock")
def test_as_many_timers_of_a_bare_loop(benchmark: Any, tmp_path: Path) -> None:
    (case,) = (case for case in cases(LADDER) if case.provider == "openai-realtime")
    timers = len(played_here(case, tmp_path).events)

    async def main() -> int:
        for _ in range(timers):
            await asyncio.sleep(0)
        return timers

    assert benchmark(lambda: asyncio.run(main())) == timers


@pytest.mark.benchmark(group="the whole pack on the virtual clock, in one process")
def test_the_pack(benchmark: Any, tmp_path: Path) -> None:
    pack = cases()[:: 1 if benchmark.enabled else EVERY]

    ended = benchmark.pedantic(lambda: [played_here(case, tmp_path).end for case in pack], rounds=1)

    assert None not in ended
    benchmark.extra_info["cases"] = len(pack)


# ── the real clock ───────────────────────────────────────────────────────────


def tell(capsys: pytest.CaptureFixture[str], what: str, errors_s: list[float]) -> None:
    """Print how late the waits were: pytest-benchmark's table has no place for it."""
    cuts = statistics.quantiles(errors_s, n=100)
    with capsys.disabled():
        print(
            f"\n{what}: {len(errors_s)} waits of {WAIT_S:g} s, late by {cuts[49] * 1e3:.2f} ms (p50), {cuts[98] * 1e3:.2f} ms (p99)"
        )


@pytest.mark.benchmark(group="how late a wait of 1 s is on the real clock")
def test_the_first_wait_of_a_provider(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """All at once, as a pack is played: a drop, and then the wait until the next attempt."""
    one = next(case for case in cases("dropped without a goodbye") if case.provider == "openai-realtime")
    waits = WAITS if benchmark.enabled else FEW_WAITS

    async def wait_s(number: int) -> float:
        async with aclosing(EmbeddedServer(seed=number)) as server:
            trace = await play(one, seed=number, clock="real", proxy_server=server)
        first, second = attempts(trace)[:2]
        assert first.ended_us is not None
        return (second.began.at_us - first.ended_us) / 1e6

    async def main() -> list[float]:
        return [waited - WAIT_S for waited in await asyncio.gather(*(wait_s(number) for number in range(waits)))]

    errors = benchmark.pedantic(lambda: RealTime().run(main), rounds=1)

    assert len(errors) == waits
    tell(capsys, "a provider's first wait", errors)


@pytest.mark.benchmark(group="how late a wait of 1 s is on the real clock")
def test_a_bare_sleep(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def wait_s() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await asyncio.sleep(WAIT_S)
        return loop.time() - began_s

    async def main() -> list[float]:
        return [waited - WAIT_S for waited in await asyncio.gather(*(wait_s() for _ in range(WAITS)))]

    errors = benchmark.pedantic(lambda: RealTime().run(main), rounds=1)

    assert min(errors) > -0.001
    tell(capsys, "a bare asyncio.sleep", errors)
