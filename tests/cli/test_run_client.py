"""`deadair run --client`: a client of the user's in the place of the scenarios' own, and what is left of it on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, called, deadair, left_running, started
from tests.support.known_clients import installed

SOUND = [sys.executable, str(ROOT / "tests" / "support" / "children" / "sound.py")]

SCENARIO = """\
deadair: 1
scenario: a drop
provider: [openai-realtime, gemini-live]
script: []
faults: [{at: 500ms, do: drop}]
expect:
  end: {state: active, by: 60s, hold: HOLD}
"""


def with_files(folder: Path) -> Path:
    (folder / "drop.yaml").write_text(SCENARIO.replace("HOLD", "300ms"), encoding="utf-8")
    (folder / "long.yaml").write_text(SCENARIO.replace("HOLD", "50s"), encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[tool.deadair.clients.mine]\ncommand = {json.dumps(SOUND)}\nprovider = "openai-realtime"\n'
        '[tool.deadair.clients.inside]\npython = "tests.support.both_ways:make"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield with_files(tmp_path)
    for process in left_running(tmp_path):
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The program, played once for all who only look at it: the run's folder, and what was said."""
    place = with_files(tmp_path_factory.mktemp("played"))
    ran = deadair("run", "drop.yaml", "--client", "mine", "--out", "out", folder=place)
    return place / "out", ran


def test_the_cases_of_its_providers_are_played(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, ran = played

    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr
    assert f"client mine: the command {SOUND[0]}" in ran.stdout.replace("\n", " ")


def test_what_was_played_can_be_played_again_as_a_file(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, _ = played

    (written,) = out.glob("*/scenario.yaml")
    (result,) = out.glob("*/result.json")
    assert "\n  client: mine\n" in written.read_text(encoding="utf-8")
    assert "--client mine --seed 0 --clock real" in result.read_text(encoding="utf-8")


def test_a_factory_is_played_on_the_virtual_clock(folder: Path) -> None:
    ran = called("run", "drop.yaml", "--client", "inside", "--clock", "virtual", "--jobs", "1", folder=folder)

    assert (ran.returncode, "2 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_a_name_that_nobody_has_is_told_with_those_that_there_are(folder: Path) -> None:
    ran = called("run", "drop.yaml", "--client", "min", folder=folder)

    assert ran.returncode == 2
    assert ran.stderr.splitlines()[:2] == [
        "there is no client 'min'. Did you mean 'mine'?",
        "Named in pyproject.toml: mine, inside.",
    ]


def test_a_program_is_not_played_on_the_virtual_clock(folder: Path) -> None:
    ran = called("run", "drop.yaml", "--client", "mine", "--clock", "virtual", folder=folder)

    assert ran.returncode == 2
    assert "on the real clock only" in ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_program_when_deadair_ends(folder: Path, number: signal.Signals) -> None:
    with started("run", "long.yaml", "--client", "mine", "--out", "out", folder=folder) as process:
        _until(lambda: any((folder / "out").glob("*/trace.jsonl")) and any("sound.py" in c for c in running(folder)))

        os.kill(process.pid, number)

        _until(lambda: not running(folder))


def running(folder: Path) -> list[str]:
    return list(left_running(folder).values())


def _until(is_so: Callable[[], bool]) -> None:
    """Wait until it is, for a minute at most: programs start and end in their own time."""
    until_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until_s, "a minute has gone by"
        time.sleep(0.1)


@pytest.mark.sdk
def test_on_the_virtual_clock_a_known_client_is_played_by_the_deadair_of_its_own_environment(folder: Path) -> None:
    installed("openai-sdk")

    ran = deadair("run", "drop.yaml", "--client", "openai-sdk", "--clock", "virtual", "--format", "json", folder=folder)

    (case,) = json.loads(ran.stdout)["cases"]
    # It came back, and sent audio before it had configured the new session.
    assert (case["provider"], case["verdict"], ran.returncode) == ("openai-realtime", "fail", 1), ran.stderr
    assert [each["expectation"] for each in case["runs"][0]["findings"] if each["verdict"] == "fail"] == ["I22"]
    assert case["rerun"].endswith("--client openai-sdk --seed 0 --clock virtual")
