"""`deadair compare` of revisions: each is played with its own code, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.compare import compare
from tests.cli.test_files import inside
from tests.support.command_line import left_running, started
from tests.support.repositories import commit, git, project, waits

GONE_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's repository: in the second commit the client waits longer, and a third is not yet committed."""
    place = project(tmp_path_factory.mktemp("compare") / "mine")
    git(place, "tag", "v1")
    waits(place, 1.5)
    (place / "young.yaml").write_text(
        (place / "calls.yaml").read_text().replace("comes back", "is new"), encoding="utf-8"
    )
    commit(place, "waits longer")
    return place


def deadair(folder: Path, *words: str) -> Result:
    with inside(folder):
        return CliRunner().invoke(compare, words)


@pytest.fixture(scope="module")
def slower(folder: Path) -> Result:
    return deadair(folder, "v1", "HEAD", ".", "--jobs", "1", "--out", ".deadair/slower")


def worktrees(folder: Path) -> int:
    return len(git(folder, "worktree", "list").splitlines())


def test_a_longer_wait_is_found_between_two_revisions(slower: Result) -> None:
    assert slower.exit_code == 1, slower.output
    assert slower.stdout.splitlines()[-1] == "1 worse, of 1 case: the 1st wait took 1 s, and now 1.5 s"


def test_each_side_is_named_with_its_commit(slower: Result, folder: Path) -> None:
    ids = [git(folder, "rev-parse", name)[:10] for name in ("v1", "HEAD")]

    assert slower.stdout.splitlines()[0] == f"base v1 ({ids[0]})   new HEAD ({ids[1]})"


def test_a_scenario_that_only_one_side_has_is_told_as_new(slower: Result) -> None:
    assert "only in the new one: 1 case\n    young.yaml::is new" in slower.stdout


def test_the_runs_of_both_are_kept_and_can_be_looked_at(slower: Result, folder: Path) -> None:
    assert "deadair diff '.deadair/slower/base-001::calls.yaml::comes back'" in slower.stdout
    assert (folder / ".deadair" / "slower" / "new-001" / "about.json").is_file()


def test_nothing_of_the_checkouts_stays(slower: Result, folder: Path) -> None:
    assert worktrees(folder) == 1
    assert git(folder, "status", "--porcelain") == ""


def test_the_working_tree_as_it_is_does_what_its_commit_does(folder: Path) -> None:
    result = deadair(folder, ".deadair/slower/new-001", ".", "calls.yaml", "--jobs", "1")

    assert result.exit_code == 0, result.output
    assert "new the working tree" in result.stdout


def test_a_revision_that_has_none_of_the_scenarios_is_a_beginning(folder: Path) -> None:
    result = deadair(folder, "v1", ".deadair/slower/new-001", "young.yaml", "--jobs", "1")

    assert result.exit_code == 0, result.output
    assert "the base has none of these cases: all 2 are new" in result.stdout


def test_what_a_revision_cannot_play_is_told_in_its_own_words(folder: Path) -> None:
    result = deadair(folder, "v1", "v1", "calls.yaml::nothing of the kind", "--jobs", "1")

    assert "v1 (" in str(result.exception)
    assert "There is no case 'nothing of the kind'" in str(result.exception)
    assert worktrees(folder) == 1


def test_without_scenarios_a_user_is_asked_for_some(folder: Path) -> None:
    result = deadair(folder, "v1", "HEAD")

    assert result.exit_code == 2
    assert "Name the scenarios" in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_sigterm_leaves_no_process_and_no_worktree(folder: Path) -> None:
    # It is made a Ctrl-C on the way, so this is the test of that, too.
    words = (
        "compare",
        "v1",
        "HEAD",
        "calls.yaml",
        "--clock",
        "real",
        "--times",
        "50",
        "--jobs",
        "1",
        "--out",
        ".deadair/long",
    )
    with started(*words, folder=folder) as process:
        _until(lambda: any((folder / ".deadair" / "long").glob("*/*/trace.jsonl")))
        os.kill(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=GONE_WITHIN_S)

    assert process.returncode == 3
    assert output.splitlines()[-1] == "interrupted: nothing can be said"
    assert "Traceback" not in output
    assert worktrees(folder) == 1
    assert left_running(folder) == {}
    for run in (folder / ".deadair" / "long").glob("*/*/trace.jsonl"):
        run.unlink()


def _until(is_so) -> None:  # type: ignore[no-untyped-def]
    by_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < by_s
        time.sleep(0.05)
