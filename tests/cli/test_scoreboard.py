"""`deadair scoreboard` as a user has it: real runs of our own provider and of clients that are broken on purpose."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import called, left_running, started

OWN = "deadair-openai-realtime"

PROJECT = """\
[tool.deadair.clients.calls-back]
python = "tests.support.broken_clients.goodbyes:TakesItsOwnGoodbyeForALoss"
provider = "openai-realtime"

[tool.deadair.clients.hangs-up-too]
python = "tests.support.broken_clients.losses:TakesACleanCloseForTheEnd"
provider = "openai-realtime"
"""

CALLS = """\
deadair: 1
defaults: {provider: openai-realtime}
scenarios:
  - scenario: a polite close
    summary: The agent hangs up in the middle of a word.
    source: https://example.org/issues/1
    tags: [F01]
    faults: [{when: wire.ready, after: 1s, do: {close: 1000}}]
    expect: {end: {state: active, by: 15s}}
  - scenario: the caller hangs up
    tags: [F15]
    script: [{at: 2s, disconnect: true}]
    expect: {end: {state: disconnected, by: 15s, hold: 5s}}
  - scenario: of another provider
    provider: deepgram
    tags: [F04]
    faults: [{at: 2s, do: reset}]
    expect: {end: {state: active, by: 15s}}
"""


def with_files(folder: Path) -> Path:
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "calls.yaml").write_text(CALLS, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return with_files(tmp_path)


def made(project: Path, *names: str) -> dict[str, dict[str, Any]]:
    """The board of these clients: each client by its name."""
    chosen = [part for name in names for part in ("--client", name)]
    ran = called("scoreboard", *chosen, "calls.yaml", "--format", "json", "--jobs", "2", folder=project)
    assert ran.returncode == 0, ran.stderr
    return {client["name"]: client for client in json.loads(ran.stdout)["clients"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board that was made once, and the folder in which it was; how often a case was played for it."""

    project: Path
    clients: dict[str, dict[str, Any]]
    runs: int


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Ours and both that are broken, each on all calls."""
    place = with_files(tmp_path_factory.mktemp("board"))
    clients = made(place, OWN, "calls-back", "hangs-up-too")
    return Board(project=place, clients=clients, runs=runs(place))


def runs(project: Path) -> int:
    return sum(1 for _ in (project / ".deadair" / "scoreboard").glob("*/*/runs/*/trace.jsonl"))


def test_broken_clients_are_red_where_they_are_broken_and_ours_is_green(board: Board) -> None:
    standings = {
        name: {key: cell["standing"] for key, cell in (client["rules"] | client["classes"]).items()}
        for name, client in board.clients.items()
    }
    assert list(board.clients) == ["calls-back", "hangs-up-too", OWN]
    assert board.clients[OWN]["broken"] == 0
    assert (standings[OWN]["F01"], standings[OWN]["F15"], standings[OWN]["F04"]) == ("kept", "kept", "not applicable")
    assert (standings["calls-back"]["I3"], standings["calls-back"]["F15"]) == ("broken", "broken")
    assert (standings["hangs-up-too"]["I1"], standings["hangs-up-too"]["F01"]) == ("broken", "broken")


def test_who_is_accused_was_played_three_times_and_nobody_else(board: Board) -> None:
    assert board.clients["hangs-up-too"]["rules"]["I1"]["evidence"]["times"] == 3
    assert (board.clients["hangs-up-too"]["runs"], board.clients[OWN]["runs"]) == (4, 2)


def test_the_command_of_a_red_cell_shows_it_again(board: Board) -> None:
    rerun = board.clients["calls-back"]["rules"]["I3"]["evidence"]["rerun"]

    again = called(*shlex.split(rerun)[1:], folder=board.project)

    assert rerun == "deadair run --client calls-back 'calls.yaml::the caller hangs up' --seed 0 --clock virtual"
    assert again.returncode == 1
    assert "I3" in again.stdout


def test_what_was_played_is_not_played_again(board: Board) -> None:
    again = made(board.project, "hangs-up-too")

    assert again["hangs-up-too"] == board.clients["hangs-up-too"]
    assert runs(board.project) == board.runs


def test_a_scenario_that_has_changed_is_played_again(board: Board, tmp_path: Path) -> None:
    place = tmp_path / "project"
    shutil.copytree(board.project, place)
    before = runs(place)
    changed = CALLS.replace("after: 1s, do: {close: 1000}", "after: 2s, do: {close: 1000}")
    (place / "calls.yaml").write_text(changed, encoding="utf-8")

    made(place, OWN)

    assert runs(place) == before + 1


def test_all_three_files_are_written(board: Board, tmp_path: Path) -> None:
    place = tmp_path / "board"
    ran = called("scoreboard", "--client", OWN, "calls.yaml", "--write", str(place), folder=board.project)

    assert ran.returncode == 0
    assert OWN in ran.stdout
    assert {path.name for path in place.iterdir()} == {"scoreboard.html", "scoreboard.json", "scoreboard.md"}


def test_a_client_that_nobody_knows_is_a_wrong_call(project: Path) -> None:
    ran = called("scoreboard", "--client", "call-back", "calls.yaml", folder=project)

    assert ran.returncode == 2
    assert "calls-back" in ran.stderr


def test_a_client_that_cannot_be_made_is_told_and_accused_of_nothing(project: Path) -> None:
    broken = PROJECT.replace("goodbyes:TakesItsOwnGoodbyeForALoss", "goodbyes:NotThere")
    (project / "pyproject.toml").write_text(broken, encoding="utf-8")

    ran = called("scoreboard", "--client", "calls-back", "calls.yaml", "--format", "json", folder=project)

    (client,) = json.loads(ran.stdout)["clients"]
    assert client["broken"] == 0
    assert "NotThere" in client["trouble"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_running(project: Path, sign: signal.Signals) -> None:
    calls = CALLS.replace("    script: [{at: 2s", "    runs: {times: 500}\n    script: [{at: 2s")
    (project / "calls.yaml").write_text(calls, encoding="utf-8")

    with started("scoreboard", "--client", OWN, "calls.yaml", folder=project) as process:
        # Only when there is something to be left: the child and its worker.
        until_s = time.monotonic() + 60
        while runs(project) < 2 and time.monotonic() < until_s:
            time.sleep(0.1)
        os.kill(process.pid, sign)
        told, _ = process.communicate(timeout=60)

        assert process.returncode == 3
        assert "interrupted" in told
        assert left_running(project) == {}
