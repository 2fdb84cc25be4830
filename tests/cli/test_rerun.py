"""A kept run is played again exactly, also on another machine, and it is said whether it comes out the same."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import Result

from harness.runs import open_run
from tests.support.command_line import invoked

NAIVE = """
import websockets
from harness.clients import ClientEvent

PATIENT = {patient}

class Naive:
    sample_rate_hz = agent_sample_rate_hz = 16_000

    def __init__(self, url):
        self.url = f"{{url}}?model=nova-3&encoding=linear16&sample_rate=16000"
        self.state = "idle"

    async def connect(self):
        self.socket = await websockets.connect(self.url, additional_headers={{"Authorization": "Token my-key"}})
        self.state = "connected"

    async def send_audio(self, pcm):
        await self.socket.send(pcm)

    async def events(self):
        self.state = "active"
        async for message in self.socket:
            yield ClientEvent(kind="text.output", fields={{"text": "heard"}})
        if PATIENT:
            self.state = "error"
            yield ClientEvent(kind="connection.failed", fields={{"attempts": 0, "reason": "1001"}})

    async def disconnect(self):
        await self.socket.close()
        self.state = "disconnected"


def make(case, endpoints):
    return Naive(endpoints.urls["session"])
"""
SCENARIOS = """
deadair: 1
defaults: {provider: deepgram, client: python:naive_to_rerun:make}
scenarios:
  - scenario: a goodbye
    faults: [{at: 2s, do: {close: 1001}}]
    expect: {never: [wire.abandoned], end: {state: active, by: 8s}}
  - scenario: a short call
    script: [{at: 1s, disconnect: true}]
    expect: {end: {state: disconnected, by: 8s}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a naive client, a goodbye that it does not survive, and a call that it does."""
    place = tmp_path_factory.mktemp("project")
    (place / "pyproject.toml").touch()
    (place / "naive_to_rerun.py").write_text(NAIVE.format(patient=False))
    (place / "calls.yaml").write_text(SCENARIOS)
    with chdir(place):
        told = invoked("run", "calls.yaml", "--clock", "virtual", "--jobs", "1")
    assert told.exit_code == 1, told.output
    return place


@pytest.fixture(scope="module")
def rerun(project: Path) -> Result:
    """What did not pass, played again where it was played."""
    with chdir(project):
        return invoked("rerun", next((project / ".deadair/runs").iterdir()), "--out", "again")


def test_what_did_not_pass_is_played_again(rerun: Result):
    assert rerun.output.startswith("1 of 2 runs did not pass, and are played again; '--all' plays all\n")


def test_what_fails_again_exits_as_a_failure(rerun: Result):
    assert rerun.exit_code == 1


def test_the_same_verdict_is_told_with_its_sentence(rerun: Result):
    assert "came out the same: fail: " in rerun.output


def test_the_same_events_are_told_to_be_the_same(rerun: Result):
    assert "the same, event for event, to the microsecond\n" in rerun.output


def test_what_was_played_again_is_a_run_folder(project: Path, rerun: Result):
    assert [kept.case_id for kept in open_run(project / "again").kept] == ["calls.yaml::a goodbye"]


def test_all_that_passed_is_nothing_to_play_again(project: Path, tmp_path: Path):
    with chdir(project):
        first = next((project / ".deadair/runs").iterdir())
        assert invoked("rerun", f"{first}::a short call", "--out", tmp_path / "passed").exit_code == 0
        told = invoked("rerun", tmp_path / "passed")

    assert told.exit_code == 0
    assert "there is nothing to play again" in told.output


def test_a_run_is_the_same_on_another_machine(project: Path, tmp_path: Path):
    """Zipped here, unpacked by itself there, in a folder where only the client is."""
    first = next((project / ".deadair/runs").iterdir())
    packed = shutil.make_archive(str(tmp_path / "from-ci"), "zip", first.parent, first.name)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(project / "naive_to_rerun.py", elsewhere)

    with chdir(elsewhere):
        told = invoked("rerun", f"{packed}::a goodbye")

    assert "came out the same: fail: " in told.output
    assert "the same, event for event, to the microsecond\n" in told.output


def test_a_client_that_is_not_here_is_said_to_be_missing(project: Path, tmp_path: Path):
    first = next((project / ".deadair/runs").iterdir())

    with chdir(tmp_path):
        told = invoked("rerun", first)

    assert told.exit_code == 2
    assert "there is no module 'naive_to_rerun' here" in told.output
    assert "Change to the project that it is in, or name another: --client" in told.output


def test_an_archive_runs_no_programs(project: Path, tmp_path: Path):
    """Whoever is sent one, and opens it, has not asked for that."""
    mine = shutil.copytree(next((project / ".deadair/runs").iterdir()), tmp_path / "mine")
    scenario = mine / "0000-a-goodbye" / "scenario.yaml"
    scenario.write_text(
        scenario.read_text().replace(
            "client: python:naive_to_rerun:make", f"client: {{command: [touch, {tmp_path}/ran]}}"
        )
    )
    packed = shutil.make_archive(str(tmp_path / "sent"), "zip", mine)

    with chdir(project):
        told = invoked("rerun", f"{packed}::a goodbye")

    assert told.exit_code == 2
    assert "From an archive nothing is run: name the client (--client), or unpack the archive" in told.output
    assert not (tmp_path / "ran").exists()


def test_another_version_of_the_client_is_told_apart(project: Path, tmp_path: Path):
    first = next((project / ".deadair/runs").iterdir())
    (tmp_path / "naive_to_rerun.py").write_text(NAIVE.format(patient=True))

    with chdir(tmp_path):
        told = invoked("rerun", f"{first}::a goodbye")

    assert "came out differently: was fail: " in told.output
    assert "parted    what the client told its application" in told.output
    assert re.search(r"\+ +2\.\d+ s  connection\.failed", told.output)


def test_other_versions_are_told_first(project: Path, tmp_path: Path):
    first = next((project / ".deadair/runs").iterdir())
    old = shutil.copytree(first, tmp_path / "old")
    about = json.loads((old / "about.json").read_text())
    about["libraries"]["websockets"] = "1.0"
    about["platform"] = "Plan9 mips"
    (old / "about.json").write_text(json.dumps(about))

    with chdir(project):
        told = invoked("rerun", f"{old}::a short call", "--out", tmp_path / "new")

    different = [line for line in told.output.splitlines() if line.startswith("different: ")]
    assert [line.split(" then, ")[0] for line in different] == [
        "different: platform Plan9 mips",
        "different: websockets 1.0",
    ]


def test_a_case_that_is_not_there_is_suggested(project: Path):
    with chdir(project):
        told = invoked("rerun", f"{next((project / '.deadair/runs').iterdir())}::a goodby")

    assert told.exit_code == 2
    assert "Did you mean 'a goodbye'?" in told.output


def test_a_run_that_is_not_there_is_no_traceback():
    told = invoked("rerun", "nowhere\0")

    assert told.exit_code == 2
    assert told.output.startswith("there is no run ")
