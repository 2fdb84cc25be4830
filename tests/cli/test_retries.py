"""`--retries`: what passes only when it is played again is flaky, told and counted, and what it did before is kept."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.expectations import Verdict
from harness.reports import report_of
from harness.runs import open_run
from tests.support.command_line import called

CLIENT = """\
from pathlib import Path

from harness.runner.registry import own_provider, provider_client


def make(case, endpoints):
    '''A client that hangs up at once, the first time that it is asked to call.'''
    been_here = Path(f"{case.scenario}.txt")
    tries = len(been_here.read_text()) if been_here.exists() else 0
    been_here.write_text("x" * (tries + 1))
    if tries < (1 if "once" in case.scenario else 9):
        raise RuntimeError(f"try {tries + 1}")
    return provider_client(case, endpoints, own_provider(case.provider))
"""

SCENARIOS = """\
deadair: 1
defaults:
  provider: openai-realtime
  client: python:moody:make
  script: []
  expect: {end: {state: active, by: 5s}}
scenarios:
  - scenario: fails once
  - scenario: fails always
  - scenario: fails once of three times
    runs: {times: 3, pass: 60%}
"""


@dataclass(frozen=True)
class Played:
    folder: Path
    ran: subprocess.CompletedProcess[str]

    def verdicts(self) -> dict[str, str]:
        cases = json.loads((self.folder / "run" / "result.json").read_text(encoding="utf-8"))["cases"]
        return {case["scenario"]: case["verdict"] for case in cases}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("moody")
    (folder / "moody.py").write_text(CLIENT, encoding="utf-8")
    (folder / "calls.yaml").write_text(SCENARIOS, encoding="utf-8")
    call = ("run", "calls.yaml", "--clock", "virtual", "--retries", "2", "--jobs", "1", "--out", "run")
    return Played(folder, called(*call, folder=folder))


def test_what_passes_at_the_second_try_is_flaky(played: Played) -> None:
    assert played.verdicts()["fails once"] == "flaky"
    assert "flaky        calls.yaml::fails once  " in played.ran.stdout
    assert "passed at the 2nd try" in played.ran.stdout


def test_what_never_passes_is_played_no_more_often_than_was_asked_for(played: Played) -> None:
    assert (played.folder / "fails always.txt").read_text() == "xxx"
    assert "3 tries, none passed" in played.ran.stdout


def test_where_a_scenario_asks_for_a_share_no_run_is_played_again(played: Played) -> None:
    assert played.verdicts()["fails once of three times"] == "pass"
    assert (played.folder / "fails once of three times.txt").read_text() == "xxx"
    assert "2 of 3 runs passed, 1 inconclusive, 100 % (34 %–100 %)" in played.ran.stdout


def test_the_end_counts_them(played: Played) -> None:
    assert "1 passed, 1 flaky, 1 inconclusive" in played.ran.stdout


def test_a_run_folder_keeps_every_try_and_tells_the_same_later(played: Played) -> None:
    told = report_of(open_run(played.folder / "run"))

    tries = {result.case.scenario: (len(result.retried), result.verdict) for result in told.results}
    assert tries["fails once"] == (1, Verdict.FLAKY)
    assert tries["fails always"] == (2, Verdict.INCONCLUSIVE)


def test_flaky_cases_fail_the_whole_where_that_is_asked_for(played: Played) -> None:
    (played.folder / "fails once.txt").unlink()
    call = ("run", "calls.yaml::fails once", "--clock", "virtual", "--retries", "1", "--fail-on-flaky")

    ran = called(*call, folder=played.folder)

    assert ran.returncode == 1, ran.stdout + ran.stderr
