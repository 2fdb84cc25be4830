"""A task of the client that dies, and that nobody awaits, does not go unseen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.engines import RealTime, VirtualTime
from harness.faults.embedded import EmbeddedServer
from harness.runner.play import play
from harness.scenario.load import load
from harness.trace import Trace, digest
from harness.trace.query import find

CLIENTS = ("thrown_away", "held", "twins", "held_by_itself", "held_and_looked_at")
SCENARIO = """\
deadair: 1
scenario: {name}
provider: deepgram
client: python:tests.support.dying_clients:{name}
script: []
expect: {{end: {{state: active, by: 500ms}}}}
"""


def played(folder: Path, engine: RealTime | VirtualTime) -> Mapping[str, Trace]:
    traces = {}
    for name in CLIENTS:
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name), encoding="utf-8")
    for case in load([folder / f"{name}.yaml" for name in CLIENTS], root=folder).checked():

        async def main(case=case) -> Trace:
            server = EmbeddedServer()
            try:
                return await play(case, seed=0, clock=engine.clock, proxy_server=server)
            finally:
                await server.aclose()

        traces[case.scenario] = engine.run(main)
    return traces


@pytest.fixture(scope="module")
def virtually(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Trace]:
    return played(tmp_path_factory.mktemp("virtual"), VirtualTime())


@pytest.fixture(scope="module", params=["virtual", "real"])
def traces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Trace]:
    """On both clocks: what asyncio says of dead tasks does not depend on time."""
    if request.param == "virtual":
        virtual: Mapping[str, Trace] = request.getfixturevalue("virtually")
        return virtual
    return played(tmp_path_factory.mktemp("real"), RealTime())


def unheard(trace: Trace) -> tuple[str, ...]:
    assert trace.end is not None
    return trace.end.let_go


def test_one_that_is_thrown_away_is_told_when_it_dies(virtually: Mapping[str, Trace]) -> None:
    told = [(event.at_us, event.fields["error"]) for event in find(virtually["thrown_away"], "run.unhandled")]

    assert told == [(300_000, "LookupError: nobody awaits this")]


def test_one_that_is_thrown_away_is_told_on_either_clock(traces: Mapping[str, Trace]) -> None:
    assert len(find(traces["thrown_away"], "run.unhandled")) == 1


@pytest.mark.parametrize("name", ["held", "held_by_itself"])
def test_one_that_somebody_holds_is_noted_at_the_end(traces: Mapping[str, Trace], name: str) -> None:
    assert unheard(traces[name]) == ("LookupError: nobody awaits this",)


def test_one_that_is_looked_at_while_the_client_stops_is_not_noted(traces: Mapping[str, Trace]) -> None:
    assert unheard(traces["held_and_looked_at"]) == ()


def test_many_deaths_of_one_kind_are_one_note(traces: Mapping[str, Trace]) -> None:
    assert unheard(traces["twins"]) == ("LookupError: nobody awaits this (2 times)",)


def test_equal_runs_have_equal_notes(virtually: Mapping[str, Trace], tmp_path: Path) -> None:
    again = played(tmp_path, VirtualTime())

    assert [digest(trace) for trace in again.values()] == [digest(trace) for trace in virtually.values()]
    assert [unheard(trace) for trace in again.values()] == [unheard(trace) for trace in virtually.values()]
