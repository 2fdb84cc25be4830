"""The same client, once in process and once as a program: the same verdict, and the same story on the wire."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import pytest

from harness.runner.task import How
from harness.scenario import load
from tests.support.plays import Played, play_all

SCENARIOS = """\
deadair: 1
defaults:
  provider: {provider}
  client: {client}
  clock: real
  script: [{{at: 300ms, say: 500ms}}]
  expect:
    order: [wire.ready, connection.reconnecting, wire.attempt, connection.reconnected]
    audio: {{caller: {{repeated: 0ms}}}}
    end: {{state: active, by: 15s, hold: 300ms}}
scenarios:
  - scenario: reset
    faults: [{{at: 1500ms, do: reset}}]
  - scenario: closed
    faults: [{{at: 1500ms, do: {{close: 1011, reason: "try again"}}}}]
  - scenario: refused
    faults:
      - {{at: 1500ms, do: drop}}
      - {{when: wire.closed, do: {{http: 503}}, times: 2}}
"""

PROGRAM = [sys.executable, "-m", "tests.support.both_ways"]
CLIENTS = {"in process": "python:tests.support.both_ways:make", "as a program": json.dumps({"command": PROGRAM})}
NAMES = ("reset", "closed", "refused")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    """By the way in and the scenario."""
    folder = tmp_path_factory.mktemp("both")
    files = []
    for place, (way, client) in enumerate(CLIENTS.items()):
        files.append(folder / f"{place}.yaml")
        files[-1].write_text(SCENARIOS.format(provider="openai-realtime", client=client), encoding="utf-8")
        assert way
    cases = load(files, root=folder).checked()
    found = play_all(cases, How(clock="real"), folder)
    return {
        f"{way} {case.scenario}": found[case.id]
        for way, file in zip(CLIENTS, files, strict=True)
        for case in cases
        if case.id.startswith(file.name)
    }


def wire(played: Played) -> list[tuple[str, int | None]]:
    return [(event.kind, event.connection) for event in played.trace.events if event.owner == "wire"]


def told(played: Played) -> list[str]:
    return [event.kind for event in played.trace.events if event.owner == "connection"]


@pytest.mark.parametrize("scenario", NAMES)
def test_the_verdict_is_the_same(played: Mapping[str, Played], scenario: str) -> None:
    first, second = (played[f"{way} {scenario}"].judgement for way in CLIENTS)

    assert [finding.sentence for finding in second.reasons] == [finding.sentence for finding in first.reasons]
    assert (first.verdict.value, second.verdict.value) == ("pass", "pass")


@pytest.mark.parametrize("scenario", NAMES)
def test_the_wire_tells_the_same_story(played: Mapping[str, Played], scenario: str) -> None:
    assert wire(played[f"as a program {scenario}"]) == wire(played[f"in process {scenario}"])


def states(played: Played) -> list[str]:
    return [str(event.fields["state"]) for event in played.trace.events if event.kind == "run.state"]


@pytest.mark.parametrize("scenario", NAMES)
def test_it_begins_and_ends_in_the_same_state(played: Mapping[str, Played], scenario: str) -> None:
    program, process = (states(played[f"{way} {scenario}"]) for way in ("as a program", "in process"))

    # Those between may be too short for a program that looks every 0.1 s.
    assert (program[0], program[-1]) == (process[0], process[-1]) == ("idle", "active")


@pytest.mark.parametrize("scenario", NAMES)
def test_the_client_tells_the_same(played: Mapping[str, Played], scenario: str) -> None:
    assert told(played[f"as a program {scenario}"]) == told(played[f"in process {scenario}"]) != []
