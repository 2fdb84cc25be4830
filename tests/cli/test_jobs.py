"""`--jobs`: in how many processes a run is played."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from tests.support.command_line import invoked

CLIENT = """\
import os
from pathlib import Path


def make(case, endpoints):
    with Path("processes.txt").open("a") as told:
        told.write(f"{os.getpid()}\\n")
    raise RuntimeError("nobody is to be called")
"""

SCENARIO = """\
deadair: 1
scenario: nobody is called
provider: openai-realtime
client: python:teller:make
script: []
runs: {times: 4, pass: 1%}
expect: {end: {state: active, by: 5s}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "teller.py").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "calls.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def processes(project: Path, *arguments: str) -> int:
    with chdir(project):
        invoked("run", "calls.yaml", "--clock", "virtual", *arguments)
    told = (project / "processes.txt").read_text(encoding="utf-8").splitlines()
    assert len(told) == 4
    return len(set(told))


def test_few_runs_are_played_in_one_process(project: Path) -> None:
    assert processes(project) == 1


def test_as_many_processes_play_as_are_asked_for(project: Path) -> None:
    assert processes(project, "--jobs", "2") == 2
