"""Every case of the pack: one story and one verdict on both clocks, behind the embedded proxy and behind Toxiproxy.

What is compared, and what is left to the machine, is written in tests/support/agreement.py. By default the cases play that
are over within `SHORT_S`, and of each class of incidents the first one; `--whole-pack` plays all, which takes as long as the
longest of them. Since that is what the real clock is for here, these tests do not run on the virtual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.runner.task import How
from harness.scenario import Case, load
from tests.support.agreement import differences
from tests.support.plays import Played, play_all
from tests.support.toxiproxy import toxiproxy_or_skip

ROOT = Path(__file__).parents[2]

SHORT_S = 10.0

AGAIN_AT_MOST = 2
"""How often a case is played again where this host was too slow for the times that it asks for."""

STILL_TOO_SLOW_MAX = 3
"""So many cases may be without a verdict in the end; more of them, and the host shows nothing."""


@pytest.fixture(scope="module")
def on_the_virtual_clock(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Played]:
    """The cases that are compared, as the virtual clock has them; all of them pass there."""
    loaded = load([ROOT / "scenarios"], root=ROOT)
    assert loaded.errors == ()
    cases = [case for case in loaded.cases if case.clock is None]
    if not request.config.getoption("--whole-pack"):
        cases = with_one_incident_of_a_class(cases)
    played = play_all(cases, How(clock="virtual"), tmp_path_factory.mktemp("virtual"))
    if not request.config.getoption("--whole-pack"):
        played = {id_: play for id_, play in played.items() if lasted_s(play) <= SHORT_S}
    return played


def with_one_incident_of_a_class(cases: list[Case]) -> list[Case]:
    """A class of incidents is a file, and its cases differ in what two clocks have in common."""
    first = {case.id.partition("::")[0]: case for case in reversed(cases)}
    return [case for case in cases if "/incidents/" not in case.id or first[case.id.partition("::")[0]] is case]


def lasted_s(play: Played) -> float:
    return play.trace.end.at_us / 1e6 if play.trace.end is not None else 0.0


@pytest.mark.real_time
@pytest.mark.parametrize("proxy", ["embedded", pytest.param("toxiproxy", marks=pytest.mark.toxiproxy)])
def test_a_case_has_one_story_on_both_clocks(
    proxy: str, on_the_virtual_clock: Mapping[str, Played], tmp_path: Path
) -> None:
    how = How(clock="real", toxiproxy=toxiproxy_or_skip() if proxy == "toxiproxy" else None)

    on_the_real_clock = played_until_the_host_was_fast(
        [play.case for play in on_the_virtual_clock.values()], how, tmp_path
    )

    too_slow = [id_ for id_, play in on_the_real_clock.items() if play.host_was_too_slow]
    lines = [
        f"{id_}: {line}"
        for id_, play in on_the_real_clock.items()
        if id_ not in too_slow
        for line in disagreements(on_the_virtual_clock[id_], play)
    ]
    print(f"{len(on_the_real_clock)} cases behind {proxy}, {len(too_slow)} of them on too slow a host")
    assert lines == [], "\n".join(["virtual | real", *lines])
    assert len(too_slow) <= STILL_TOO_SLOW_MAX, f"this host was too slow for {too_slow}"


def played_until_the_host_was_fast(cases: list[Case], how: How, folder: Path) -> dict[str, Played]:
    """All cases side by side; then those that the host was too slow for once more, with less beside them."""
    played = play_all(cases, how, folder / "first")
    for again in range(AGAIN_AT_MOST):
        slow = [play.case for play in played.values() if play.host_was_too_slow]
        if slow:
            played |= play_all(slow, how, folder / f"again-{again}", jobs=1)
    return played


def disagreements(virtual: Played, real: Played) -> list[str]:
    found = [str(difference) for difference in differences(virtual.trace, real.trace, late_us=real.late_us)]
    if virtual.judgement.verdict is not real.judgement.verdict:
        why = "; ".join(finding.sentence for finding in real.judgement.findings)
        found.append(f"verdict: {virtual.judgement.verdict.value} | {real.judgement.verdict.value} ({why})")
    assert virtual.trace.end is not None
    assert real.trace.end is not None
    if virtual.trace.end.why != real.trace.end.why:
        found.append(f"end: {virtual.trace.end.why} | {real.trace.end.why}")
    return found
