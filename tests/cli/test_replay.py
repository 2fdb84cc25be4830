"""`deadair replay` serves the server of then to other clients, and says what they do otherwise."""

from __future__ import annotations

import re
import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import Result

from harness.runs import open_run
from tests.support.command_line import invoked

CLIENT = """
import asyncio

import websockets
from harness.clients import ClientEvent


class Patient:
    '''Dials again so many times when the call is cut, a second apart.'''

    sample_rate_hz = agent_sample_rate_hz = 16_000

    def __init__(self, url, attempts):
        self.url = f"{url}?model=nova-3&encoding=linear16&sample_rate=16000"
        self.attempts = attempts
        self.state = "idle"

    async def connect(self):
        self.socket = await websockets.connect(self.url, additional_headers={"Authorization": "Token my-key"})
        self.state = "connected"

    async def send_audio(self, pcm):
        try:
            await self.socket.send(pcm)
        except websockets.ConnectionClosed:
            pass

    async def events(self):
        self.state = "active"
        while True:
            try:
                async for message in self.socket:
                    pass
            except websockets.ConnectionClosed:
                pass
            for attempt in range(1, self.attempts + 1):
                yield ClientEvent(kind="connection.reconnecting", fields={"attempt": attempt})
                await asyncio.sleep(1)
                try:
                    await self.connect()
                except (OSError, websockets.InvalidStatus):
                    continue
                yield ClientEvent(kind="connection.reconnected", fields={"attempts": attempt})
                self.state = "active"
                break
            else:
                self.state = "error"
                yield ClientEvent(kind="connection.failed", fields={"attempts": self.attempts, "reason": "gone"})
                return

    async def disconnect(self):
        await self.socket.close()
        self.state = "disconnected"


def gives_up(case, endpoints):
    return Patient(endpoints.urls["session"], 0)


def goes_on(case, endpoints):
    return Patient(endpoints.urls["session"], 3)
"""
SCENARIO = """
deadair: 1
scenario: two closes
provider: deepgram
client: python:client_to_replay:goes_on
faults:
  - {at: 2s, do: {close: 1011, reason: "first"}}
  - {when: wire.ready, after: 2s, do: {close: 1011, reason: "second"}}
expect: {count: {wire.ready: 3}, end: {state: active, by: 20s}, invariants: {except: [I13, I26]}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("project")
    (place / "pyproject.toml").touch()
    (place / "client_to_replay.py").write_text(CLIENT)
    (place / "calls.yaml").write_text(SCENARIO)
    with chdir(place):
        invoked("run", "calls.yaml", "--clock", "virtual", "--jobs", "1", "--out", "then")
    assert (place / "then" / "0000-two-closes" / "trace.jsonl").exists()
    return place


@pytest.fixture(scope="module")
def elsewhere(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another machine, with the client and the zipped run, and nothing else."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.make_archive(str(place / "from-ci"), "zip", project / "then")
    shutil.copy(project / "client_to_replay.py", place)
    return place


@pytest.fixture(scope="module")
def same_client(elsewhere: Path) -> Result:
    with chdir(elsewhere):
        return invoked("replay", "from-ci.zip", "--out", "now")


def test_the_same_client_has_the_same_call(same_client: Result):
    assert "the same, event for event" in same_client.output


def test_the_script_is_told_before_it_is_played(same_client: Result):
    assert same_client.output.startswith("the server of then, connection by connection: 3 connections\n")


def test_a_replay_leaves_a_run_folder(elsewhere: Path, same_client: Result):
    run = open_run(elsewhere / "now")

    assert run.about.selection == ("replay", "from-ci.zip")
    assert run.kept[0].trace().header.environment["replay"] is True


def test_a_replay_is_not_played_again_as_if_it_were_a_run(elsewhere: Path, same_client: Result):
    with chdir(elsewhere):
        told = invoked("rerun", "now", "--all")

    assert told.exit_code == 2
    assert "was a replay here: replay again what it replayed" in told.output


def test_another_client_is_told_where_it_parts(elsewhere: Path):
    with chdir(elsewhere):
        told = invoked("replay", "from-ci.zip::two closes", "--client", "python:client_to_replay:gives_up")

    assert told.exit_code == 1
    assert "not the same: - then  + now" in told.output
    assert re.search(r"- +2\.002 s  connection\.reconnecting", told.output)
    assert "connection.failed  attempts: 0, reason: gone" in told.output


def test_a_client_that_asks_for_more_is_refused_and_told_so(project: Path):
    """Recorded with a client that gave up at the first close; one that goes on asks for connections nobody recorded."""
    with chdir(project):
        client = ["--client", "python:client_to_replay:gives_up"]
        invoked("run", "calls.yaml", "--clock", "virtual", "--jobs", "1", "--out", "short", *client)
        told = invoked("replay", "short", "--client", "python:client_to_replay:goes_on")

    assert "3 connections beyond the 1 of the recording: refused with 503\n" in told.output


def test_a_client_that_is_not_here_is_said_to_be_missing(project: Path, tmp_path: Path):
    with chdir(tmp_path):
        told = invoked("replay", project / "then")

    assert told.exit_code == 2
    assert "A run folder does not hold the client." in told.output


def test_a_client_of_another_provider_is_refused(project: Path):
    (project / "pyproject.toml").write_text(
        '[tool.deadair.clients.other]\npython = "client_to_replay:goes_on"\nprovider = "gemini-live"\n'
    )

    with chdir(project):
        told = invoked("replay", "then", "--client", "other")

    assert told.exit_code == 2
    assert "'other' calls gemini-live, and this was a call to deepgram" in told.output


def test_a_program_runs_on_the_real_clock_only(project: Path):
    with chdir(project):
        told = invoked("replay", "then", "--clock", "virtual", "--", "python3", "client.py")

    assert told.exit_code == 2
    assert "can be played on the real clock only: leave out '--clock virtual'" in told.output


def test_two_clients_are_one_too_many(project: Path):
    with chdir(project):
        told = invoked("replay", "then", "--client", "other", "--", "python3", "client.py")

    assert told.exit_code == 2
    assert "not both" in told.output


def test_a_trace_that_was_altered_is_not_replayed(project: Path, tmp_path: Path):
    altered = shutil.copytree(project / "then", tmp_path / "altered")
    trace = altered / "0000-two-closes" / "trace.jsonl"
    trace.write_bytes(trace.read_bytes().replace(b"first", b"worst"))

    with chdir(project):
        told = invoked("replay", altered)

    assert told.exit_code == 2
    assert "this trace was altered" in told.output
