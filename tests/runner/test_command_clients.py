"""Clients that are programs: each run ends in bounded time with its verdict, and nothing of the program is left."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.clients.child_protocol import Asked
from harness.clients.client import Endpoints
from harness.clients.command import CommandClient
from harness.clients.keeper import VARIABLE
from harness.clients.process import NotStarted
from harness.expectations import Verdict
from harness.reports import RunResult, judged
from harness.runner.keyring import API_KEY
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How, Task
from harness.scenario import load as load_scenarios
from harness.trace import Trace, load
from tests.support.command_line import ROOT

CHILDREN = ROOT / "tests" / "support" / "children"
SOUND = [sys.executable, str(CHILDREN / "sound.py")]

SCENARIO = """\
deadair: 1
scenario: {name}
provider: openai-realtime
client: {{command: {command}}}
clock: real
script:
  - {{at: 300ms, say: 300ms}}
faults:
  - {{id: fault, at: 1500ms, do: {fault}}}
expect:
  order: [connection.reconnecting, wire.attempt, connection.reconnected]
  end: {{state: active, by: 6s, hold: 300ms}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    result: RunResult
    folder: Path
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        return self.result.verdict

    @property
    def why(self) -> str:
        return "; ".join(finding.sentence for finding in self.result.judgement.reasons)

    @property
    def trace(self) -> Trace:
        return load(self.folder / "trace.jsonl")

    @property
    def log(self) -> str:
        return (self.folder / "client.log").read_text(encoding="utf-8")

    def kinds(self, owner: str) -> list[str]:
        return [event.kind for event in self.trace.events if event.owner == owner]


def odd(name: str) -> list[str]:
    return [sys.executable, str(CHILDREN / "odd.py"), name]


HARMLESS = "{latency: 1ms}, for: 500ms"
ROTATED = "rotate_key}\n  - {after: 200ms, do: drop"
FAULTS = {
    "sound_and_down": "down, for: 1500ms",
    "sound_and_rotated": ROTATED,
    "ignores_everything": HARMLESS,
    "leaves_a_grandchild": HARMLESS,
}

PROGRAMS: dict[str, list[str]] = {
    "sound": SOUND,
    "sound_and_down": SOUND,
    "sound_and_rotated": SOUND,
    "sound_and_silent": ["sh", "-c", f"exec '{SOUND[0]}' '{SOUND[1]}' >/dev/null"],
    "sound_and_printing": ["sh", "-c", f"echo hello; echo '{{' >&2; exec '{SOUND[0]}' '{SOUND[1]}'"],
    "not_there": ["./no-such-program"],
    "ends_in_a_shell": ["sh", "-c", "echo no shell today >&2; exit 7"],
    **{
        name: odd(name)
        for name in (
            "ends_at_once", "never_connects", "crashes_when_connected", "crashes_when_cut", "ends_quietly_when_cut", "floods",
            "floods_with_events", "tells_no_json", "closes_its_input", "ignores_everything", "leaves_a_grandchild",
        )
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    """What came of each program; all side by side, since each takes its seconds."""
    folder = tmp_path_factory.mktemp("commands")
    tasks = []
    for number, (name, command) in enumerate(PROGRAMS.items()):
        fault = FAULTS.get(name, "drop")
        file = folder / f"{name}.yaml"
        file.write_text(SCENARIO.format(name=name, command=json.dumps(command), fault=fault), encoding="utf-8")
        place = folder / name
        place.mkdir()
        (case,) = load_scenarios([file], root=folder).checked()
        tasks.append(Task(number=number, case=case, seed=0, folder=place))
    found: dict[str, Played] = {}
    for told in run_tasks(tasks, How(clock="real"), judge=judged, jobs=2):
        if isinstance(told, Finished):
            task = tasks[told.number]
            assert isinstance(told.result, RunResult)
            found[task.case.scenario] = Played(result=told.result, folder=task.folder, notes=told.notes)
    assert found.keys() == PROGRAMS.keys()
    return found


ENDS: dict[str, tuple[Verdict, str]] = {
    "sound": (Verdict.PASS, ""),
    "sound_and_rotated": (Verdict.PASS, ""),
    "sound_and_down": (Verdict.PASS, ""),
    "sound_and_silent": (Verdict.PASS, ""),
    "sound_and_printing": (Verdict.PASS, ""),
    "not_there": (Verdict.INCONCLUSIVE, "could not be started: No such file or directory"),
    "ends_in_a_shell": (
        Verdict.INCONCLUSIVE,
        "ended before it tried to connect: exit code 7; its last lines: no shell today",
    ),
    "ends_at_once": (Verdict.INCONCLUSIVE, "exit code 3; its last lines: no licence for today"),
    "never_connects": (Verdict.FAIL, "the client hung: it was connecting"),
    "crashes_when_connected": (Verdict.INCONCLUSIVE, "before the first fault: ended by signal 6"),
    "crashes_when_cut": (Verdict.FAIL, "RuntimeError: the line is dead"),
    "ends_quietly_when_cut": (Verdict.FAIL, "exit code 0"),
    "floods": (Verdict.FAIL, "the client hung: it was reconnecting"),
    "floods_with_events": (Verdict.FAIL, "the client hung: it was reconnecting"),
    "closes_its_input": (Verdict.FAIL, "exit code 0"),
    "ignores_everything": (Verdict.FAIL, "its process went on for 3 s after SIGTERM, and was killed"),
    "leaves_a_grandchild": (
        Verdict.FAIL,
        "processes that it had started went on for 3 s after SIGTERM, and were killed",
    ),
}
"""The program, its verdict, and words of the reason."""


@pytest.mark.parametrize("name", ENDS)
def test_it_gets_its_verdict(played: Mapping[str, Played], name: str) -> None:
    verdict, words = ENDS[name]

    assert played[name].verdict is verdict, played[name].why
    assert words in played[name].why + str(played[name].result.judgement.findings)


def test_what_it_says_of_itself_is_in_the_header(played: Mapping[str, Played]) -> None:
    assert played["sound"].trace.header.client == {"name": "sound", "reconnects": True, "version": "1.0"}


def test_one_that_says_nothing_is_judged_by_its_connections(played: Mapping[str, Played]) -> None:
    silent = played["sound_and_silent"]

    assert silent.trace.header.client["tells"] == []
    assert silent.kinds("wire") == [
        "wire.attempt", "wire.open", "wire.ready", "wire.closed", "wire.attempt", "wire.open", "wire.ready",
    ]  # fmt: skip
    assert silent.kinds("connection") == []


def test_one_that_says_nothing_is_not_spoken_to(played: Mapping[str, Played]) -> None:
    assert played["sound_and_silent"].kinds("caller") == []


def test_what_was_not_expected_of_it_is_said(played: Mapping[str, Played]) -> None:
    said = [finding.sentence for finding in played["sound_and_silent"].result.judgement.findings]

    assert (
        "this client does not tell connection.reconnecting, connection.reconnected: nothing was expected of that"
        in said
    )


def test_the_run_begins_when_it_connects(played: Mapping[str, Played]) -> None:
    first = played["sound"].trace.events[0]

    assert (first.kind, first.at_us < 1000) == ("run.connecting", True)


def test_one_that_reads_its_key_anew_comes_back_with_the_next_one(played: Mapping[str, Played]) -> None:
    opened = [event for event in played["sound_and_rotated"].trace.events if event.kind == "wire.open"]

    assert [event.fields["key"] for event in opened] == [1, 2]
    assert API_KEY not in (played["sound_and_rotated"].folder / "trace.jsonl").read_text(encoding="utf-8")


def test_one_that_was_refused_by_the_port_is_seen_to_have_tried(played: Mapping[str, Played]) -> None:
    down = played["sound_and_down"]

    assert down.kinds("wire")[4:6] == ["wire.attempt", "wire.refused"]
    assert down.notes == ("whom the port should refuse is reset as it arrives, since nobody could see it otherwise",)


def test_what_it_prints_besides_is_kept(played: Mapping[str, Played]) -> None:
    assert sorted(played["sound_and_printing"].log.splitlines()) == ["hello", "{"]


def test_what_is_no_event_is_a_line_of_the_log(played: Mapping[str, Played]) -> None:
    broken = played["tells_no_json"]

    assert broken.log.splitlines()[:3] == ['{"event":', '{"event": 3}', "[1]"]
    assert {event.owner for event in broken.trace.events} <= {"run", "wire", "server", "client", "fault"}


def test_its_key_is_not_in_its_log(played: Mapping[str, Played]) -> None:
    dead = played["crashes_when_connected"]

    assert "the key is" in dead.log
    assert API_KEY not in dead.log + (dead.folder / "trace.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["floods", "tells_no_json"])
def test_the_log_of_a_flood_is_bounded(played: Mapping[str, Played], name: str) -> None:
    assert (played[name].folder / "client.log").stat().st_size < 1_100_000


def test_one_that_has_closed_its_input_cannot_be_spoken_to(played: Mapping[str, Played]) -> None:
    failed = [event for event in played["closes_its_input"].trace.events if event.kind == "run.send_failed"]

    assert len(failed) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_nothing_of_any_of_them_is_left(played: Mapping[str, Played]) -> None:
    ours = str(CHILDREN).encode()

    assert played
    assert [line for line in _environments() if ours in line] == []


def _environments() -> list[bytes]:
    """The command lines of the processes that bear a mark."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and f"{VARIABLE}=".encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes())
        except OSError:
            continue
    return found


@pytest.mark.real_time  # a program has its own time
async def test_one_that_hangs_as_it_starts_is_given_up() -> None:
    asked = Asked(provider="openai-realtime", session={}, script=None, seconds=1.0, sample_rate_hz=24_000)
    client = CommandClient(
        ("sh", "-c", "echo loading; sleep 60"),
        asked=asked,
        endpoints=Endpoints(urls={"session": "ws://127.0.0.1:9/v1"}),
        agent_sample_rate_hz=24_000,
    )

    with pytest.raises(NotStarted, match=r"did not try to connect within 0\.5 s; its last lines: loading"):
        await client.start(within_s=0.5)
    assert await client.aclose() == ""
