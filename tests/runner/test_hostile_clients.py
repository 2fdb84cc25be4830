"""Clients that no harness should have to meet: each run ends, in bounded time, with a verdict that is not a pass."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.expectations import Verdict
from harness.reports import RunResult, judged
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How, Task
from harness.scenario import load as load_scenarios
from tests.support.command_line import deadair, left_running, started
from tests.support.hostile_clients import KEY, OTHER_KEY

SCENARIO = """\
deadair: 1
scenario: {name}
provider: openai-realtime
client: python:tests.support.hostile_clients:{name}
script:
  - {{at: 200ms, say: 300ms}}
expect:
  never: [error]
  end: {{state: active, by: {by}, hold: 300ms}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    result: RunResult
    trace: str

    @property
    def verdict(self) -> Verdict:
        return self.result.verdict

    @property
    def why(self) -> str:
        return "; ".join(finding.sentence for finding in self.result.judgement.reasons)


def played(folder: Path, *clients: str, clock: str = "virtual", by: str = "6s", jobs: int = 1) -> Mapping[str, Played]:
    """What came of each of these clients."""
    for name in clients:
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name, by=by), encoding="utf-8")
    tasks = []
    for number, case in enumerate(load_scenarios([folder / f"{name}.yaml" for name in clients], root=folder).checked()):
        place = folder / str(number)
        place.mkdir()
        tasks.append(Task(number=number, case=case, seed=0, folder=place))
    results: dict[str, Played] = {}
    for told in run_tasks(tasks, How(clock=clock), judge=judged, jobs=jobs):  # type: ignore[arg-type]
        if isinstance(told, Finished):
            task = tasks[told.number]
            trace = task.trace_path.read_text(encoding="utf-8") if task.trace_path.exists() else ""
            assert task.case.scenario not in results, "finished twice"
            results[task.case.scenario] = Played(result=told.result, trace=trace)
    assert results.keys() == set(clients)
    return results


ENDS: dict[str, tuple[Verdict, str]] = {
    "raises_when_made": (Verdict.INCONCLUSIVE, "the run broke off: RuntimeError: no client today"),
    "raises_in_connect": (Verdict.FAIL, "the client hung: it was idle at 6"),
    "never_returns_from_connect": (Verdict.FAIL, "the client hung"),
    "raises_when_asked_for_its_state": (Verdict.FAIL, "unknown, for asking raised RuntimeError"),
    "never_returns_from_disconnect": (Verdict.FAIL, "left something behind: disconnect() did not return within 5 s"),
    "ignores_cancellation": (
        Verdict.FAIL,
        "left something behind: connect() or events() goes on after it was cancelled",
    ),
    "exits": (Verdict.FAIL, "the client hung: it was idle at 6"),
    "exits_at_once": (Verdict.INCONCLUSIVE, "its process ended without a word"),
}
"""The client, its verdict, and words of the reason; the same on both clocks."""

ENDS_VIRTUALLY: dict[str, tuple[Verdict, str]] = {
    "leaks_a_task": (Verdict.FAIL, "left something behind: forgotten Event.wait"),
    "leaks_a_socket": (Verdict.FAIL, "left something behind: listening on 127.0.0.1:"),
    "leaks_a_thread": (Verdict.FAIL, "left something behind: thread forgotten"),
    "sleeps_on_the_clock_of_the_machine": (Verdict.FAIL, "the client hung: it was idle"),
    "floods": (Verdict.FAIL, "told more than anybody can take: 200000 events"),
}

TOLD = (
    "tells_what_no_json_holds",
    "tells_no_mapping",
    "tells_keys",
    "tells_escapes",
    "tells_half_a_surrogate",
    "tells_a_novel",
    "tells_in_the_name_of_the_wire",
)


@pytest.fixture(scope="module")
def virtually(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    others = ("sound", "raises_in_events", "raises_in_send", "raises_in_a_task_of_its_own", "exits_from_a_task")
    return played(tmp_path_factory.mktemp("virtual"), *ENDS, *ENDS_VIRTUALLY, *TOLD, *others, jobs=2)


@pytest.fixture(scope="module")
def really(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    return played(tmp_path_factory.mktemp("real"), "sound", *ENDS, "exits_from_a_task", clock="real", jobs=2)


def test_the_client_that_they_are_made_of_is_sound(virtually: Mapping[str, Played]) -> None:
    assert virtually["sound"].verdict is Verdict.PASS, virtually["sound"].why


@pytest.mark.parametrize("name", [*ENDS, *ENDS_VIRTUALLY])
def test_on_the_virtual_clock_it_gets_its_verdict(virtually: Mapping[str, Played], name: str) -> None:
    verdict, words = (ENDS | ENDS_VIRTUALLY)[name]

    assert virtually[name].verdict is verdict
    assert words in virtually[name].why


@pytest.mark.parametrize("name", [*ENDS])
def test_on_the_real_clock_it_gets_the_same_verdict(really: Mapping[str, Played], name: str) -> None:
    verdict, words = ENDS[name]

    assert really[name].verdict is verdict
    assert words in really[name].why


def test_clients_that_end_the_process_do_no_harm_to_the_cases_beside_them(really: Mapping[str, Played]) -> None:
    assert really["sound"].verdict is Verdict.PASS


@pytest.mark.parametrize("clock", ["virtually", "really"])
def test_a_client_whose_task_exits_is_inconclusive(clock: str, request: pytest.FixtureRequest) -> None:
    ended: Played = request.getfixturevalue(clock)["exits_from_a_task"]

    assert ended.verdict is Verdict.INCONCLUSIVE, ended.why


def test_an_error_in_the_stream_of_events_is_in_the_trace(virtually: Mapping[str, Played]) -> None:
    assert '"kind":"run.stream_ended","fields":{"error":"RuntimeError: no events today"}' in (
        virtually["raises_in_events"].trace
    )


def test_an_error_in_a_send_is_in_the_trace_once(virtually: Mapping[str, Played]) -> None:
    assert virtually["raises_in_send"].trace.count("RuntimeError: no audio today") == 1


def test_an_error_that_nobody_catches_is_in_the_trace_without_its_key(virtually: Mapping[str, Played]) -> None:
    assert (
        '"kind":"run.unhandled","fields":{"error":"RuntimeError: nobody catches this, [redacted]"}'
        in virtually["raises_in_a_task_of_its_own"].trace
    )


@pytest.mark.parametrize("name", TOLD)
def test_whatever_it_tells_its_trace_is_lines_of_json(virtually: Mapping[str, Played], name: str) -> None:
    lines = [json.loads(line) for line in virtually[name].trace.splitlines()]

    assert "end" in lines[-1]
    assert max(len(line) for line in virtually[name].trace.splitlines()) < 200_000


def test_a_client_cannot_bear_witness_for_the_wire(virtually: Mapping[str, Played]) -> None:
    trace = virtually["tells_in_the_name_of_the_wire"].trace

    assert '"kind":"told.wire.refused"' in trace
    assert '"kind":"wire.refused"' not in trace


def test_no_key_is_in_any_trace_or_result(virtually: Mapping[str, Played]) -> None:
    for one in virtually.values():
        for key in (KEY, OTHER_KEY):
            assert key not in one.trace
            assert key not in one.why


# ── a client that never lets go ──────────────────────────────────────────────


@pytest.mark.parametrize("name", ["spins", "never_lets_go_in_a_callback"])
def test_on_the_real_clock_a_client_that_never_lets_go_is_found_and_the_others_are_played(
    tmp_path: Path, name: str
) -> None:
    began_s = time.monotonic()
    results = played(tmp_path, "sound", name, "raises_in_events", clock="real", by="4s")

    assert results["sound"].verdict is Verdict.PASS
    assert results[name].verdict is Verdict.INCONCLUSIVE
    assert "the client held the event loop for 10 s, at hostile_clients.py:" in results[name].why
    assert time.monotonic() - began_s < 60


def test_on_the_virtual_clock_a_client_that_never_lets_go_is_ended_and_the_others_are_played(tmp_path: Path) -> None:
    began_s = time.monotonic()
    results = played(tmp_path, "never_lets_go", "sound", by="4s")

    assert results["sound"].verdict is Verdict.PASS
    assert results["never_lets_go"].verdict is Verdict.INCONCLUSIVE
    assert "the client never let go of the event loop" in results["never_lets_go"].why
    assert time.monotonic() - began_s < 90


def test_nothing_is_left_running(tmp_path: Path) -> None:
    before = threading.active_count()
    (tmp_path / "one.yaml").write_text(SCENARIO.format(name="ignores_cancellation", by="4s"), encoding="utf-8")
    with started("run", "one.yaml", "--proxy", "embedded", folder=tmp_path) as process:
        process.communicate(timeout=60)

    assert left_running(tmp_path) == {}
    assert threading.active_count() == before


# ── what a person gets to see ────────────────────────────────────────────────


def test_neither_keys_nor_escapes_reach_the_terminal(tmp_path: Path) -> None:
    for name in ("tells_keys", "tells_escapes", "raises_in_connect", "raises_when_made"):
        text = SCENARIO.format(name=name, by="4s").replace("never: [error]", "never: [text.output]")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    ran = deadair("run", ".", "--clock", "virtual", folder=tmp_path)

    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "[redacted]" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    files = [file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.json*")]
    for text in (shown, *files):
        assert KEY not in text
        assert OTHER_KEY not in text
