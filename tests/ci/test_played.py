"""The steps of the pipelines, played in a project as small as can be."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.runs import open_run
from tests.support.command_line import environment
from tests.support.pipelines import Step, github, gitlab

BIN = Path(sys.executable).parent
STEPS_WITHIN_S = 120.0

KEPT = """\
deadair: 1
scenario: a polite goodbye
provider: deepgram
script: [{at: 100ms, say: 500ms}]
faults: [{at: 300ms, do: {close: 1001}}]
expect:
  order: [wire.closed, wire.ready]
  end: {state: active, by: 6s}
"""
BROKEN = KEPT.replace("a polite goodbye", "a goodbye for good").replace("wire.ready]", "connection.failed]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a step left."""

    folder: Path
    code: int
    output: str

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")


def step(steps: tuple[Step, ...], job: str, word: str) -> Step:
    return next(each for each in steps if each.job == job and word in each.run)


def play(step: Step, folder: Path, **more: str) -> Played:
    """Run the lines as a runner does: with bash that stops at the first error, and what the service says of itself."""
    service = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.run],
        cwd=folder,
        env=environment({**step.variables, **service, **path, **more}),
        capture_output=True,
        text=True,
        timeout=STEPS_WITHIN_S,
        check=False,
    )
    return Played(folder=folder, code=done.returncode, output=done.stdout + done.stderr)


def a_project(folder: Path, **scenarios: str) -> Path:
    folder.joinpath("scenarios").mkdir(exist_ok=True)
    folder.joinpath("pyproject.toml").touch()
    for name, text in scenarios.items():
        folder.joinpath("scenarios", f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def commit(folder: Path) -> str:
    """All that is there, as a revision; gives its id."""
    as_somebody = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "a change"]):
        subprocess.run(["git", *as_somebody, *arguments], cwd=folder, check=True, timeout=STEPS_WITHIN_S)
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True, timeout=STEPS_WITHIN_S
    ).stdout.strip()


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = a_project(tmp_path_factory.mktemp("virtual"), kept=KEPT, broken=BROKEN)
    return play(step(github(), "virtual", "deadair run"), folder)


def test_a_call_that_did_not_survive_stops_the_job(virtual: Played) -> None:
    assert virtual.code == 1, virtual.output


def test_the_line_of_the_scenario_is_annotated(virtual: Played) -> None:
    assert "::error file=scenarios/broken.yaml,line=2,title=a goodbye for good" in virtual.output


def test_the_summary_says_what_broke(virtual: Played) -> None:
    assert "no connection.failed came after wire.closed" in virtual.summary


def test_what_the_job_keeps_has_the_report_in_it(virtual: Played) -> None:
    assert (virtual.folder / "deadair-virtual" / "report.html").is_file()


def test_what_the_job_keeps_can_be_opened_again(virtual: Played) -> None:
    run = open_run(virtual.folder / "deadair-virtual")

    assert {kept.case().scenario for kept in run.kept} == {"a polite goodbye", "a goodbye for good"}


def test_what_gitlab_reads_names_the_failure(virtual: Played) -> None:
    suites = ElementTree.parse(virtual.folder / "deadair-virtual.xml").getroot()

    assert [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None] == [
        "a goodbye for good"
    ]


def test_the_compare_job_says_on_the_pull_request_what_a_change_changes(tmp_path: Path) -> None:
    base = commit(a_project(tmp_path, kept=KEPT))
    a_project(tmp_path, kept=KEPT.replace("say: 500ms", "say: 700ms"))
    commit(tmp_path)

    compared = play(step(github(), "compare", "deadair compare"), tmp_path, BASE=base)
    told = play(step(github(), "compare", "GITHUB_STEP_SUMMARY"), tmp_path)

    assert compared.code == 0, compared.output
    assert told.summary == (tmp_path / "compare.md").read_text(encoding="utf-8")
    assert (tmp_path / "compare.html").is_file()


def test_the_real_job_plays_behind_the_toxiproxy_that_it_is_told_of(tmp_path: Path, toxiproxy: str) -> None:
    folder = a_project(tmp_path, kept=KEPT)

    played = play(step(github(), "real", "deadair run"), folder, DEADAIR_TOXIPROXY=toxiproxy)

    # Whether a busy machine kept time is not the question here.
    assert played.code in (0, 3), played.output
    assert [kept.trace().header.proxy for kept in open_run(folder / "deadair-real").kept] == ["toxiproxy"]


def test_a_toxiproxy_that_is_there_is_not_built_again(tmp_path: Path) -> None:
    built = tmp_path / ".toxiproxy" / "server"
    built.parent.mkdir()
    built.touch(mode=0o755)

    played = play(step(gitlab(), "deadair toxiproxy", "go install"), tmp_path, PATH="/usr/bin:/bin")

    assert played.code == 0, played.output
