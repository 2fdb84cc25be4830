"""`deadair baseline` and `deadair compare` of what was played already: one run serves them all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.baseline import baseline
from harness.cli.compare import compare
from harness.cli.run import run
from tests.cli.test_files import inside

CALLS = """\
deadair: 1
defaults:
  script: []
  provider: openai-realtime
  faults:
    - {at: 300ms, do: drop}
scenarios:
  - scenario: comes back
    expect: {end: {state: active, by: 9s, hold: 300ms}}
  - scenario: waits three seconds
    expect: {backoff: {waits: [3s]}, end: {state: active, by: 9s, hold: 300ms}}
"""

COMMANDS = {"baseline": baseline, "compare": compare, "run": run}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a user with a run `first`: one case passes, one fails."""
    place = tmp_path_factory.mktemp("baseline")
    (place / "pyproject.toml").write_text("", encoding="utf-8")
    (place / "calls.yaml").write_text(CALLS, encoding="utf-8")
    with inside(place):
        done = CliRunner().invoke(
            run, ["calls.yaml", "--clock", "virtual", "--jobs", "1", "--out", ".deadair/runs/first"]
        )
    assert done.exit_code == 1, done.output
    return place


@pytest.fixture
def folder(played: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(played, tmp_path / "mine"))


def deadair(folder: Path, *words: str) -> Result:
    with inside(folder):
        return CliRunner().invoke(COMMANDS[words[0]], words[1:])


def lines_of(folder: Path) -> list[str]:
    return (folder / "deadair.baseline").read_text(encoding="utf-8").splitlines()


@contextmanager
def changed(folder: Path, **fields: object) -> Iterator[None]:
    """The baseline, in whose first case these fields of the run are others."""
    first, *cases = lines_of(folder)
    case = json.loads(cases[0])
    case["runs"][0] |= fields
    (folder / "deadair.baseline").write_text("\n".join([first, json.dumps(case), *cases[1:]]) + "\n", encoding="utf-8")
    yield


@pytest.fixture
def kept(folder: Path) -> Path:
    """The folder, with a baseline of its run."""
    assert deadair(folder, "baseline", "update").exit_code == 0
    return folder


# ── the baseline ─────────────────────────────────────────────────────────────


def test_update_keeps_the_last_run_and_says_what_it_has(folder: Path) -> None:
    result = deadair(folder, "baseline", "update")

    assert result.stdout == (
        "deadair.baseline: 2 cases\n1 case of it did not pass, and that is what is agreed to now\n"
    )


def test_the_file_has_a_line_for_each_case_and_one_before(kept: Path) -> None:
    assert len(lines_of(kept)) == 3


def test_the_file_says_nothing_of_this_machine_and_of_today(kept: Path) -> None:
    text = "\n".join(lines_of(kept))

    assert str(kept) not in text
    assert "20" + "2" not in text


def test_a_second_update_changes_nothing(kept: Path) -> None:
    before = lines_of(kept)

    result = deadair(kept, "baseline", "update")

    assert lines_of(kept) == before
    assert "nothing changed" in result.stdout


def test_update_says_what_is_agreed_to(kept: Path) -> None:
    with changed(kept, waits_us=[500_000]):
        result = deadair(kept, "baseline", "update")

    assert "the 1st wait took 500 ms, and now 1 s" in result.stdout
    assert deadair(kept, "compare", "deadair.baseline", "latest").exit_code == 0


def test_cases_that_the_run_has_not_stay_in_the_file(kept: Path) -> None:
    odd = lines_of(kept)[1].replace("comes back", "was played elsewhere")
    (kept / "deadair.baseline").write_text("\n".join([*lines_of(kept), odd]) + "\n", encoding="utf-8")

    deadair(kept, "baseline", "update")
    assert len(lines_of(kept)) == 4

    deadair(kept, "baseline", "update", "--prune")
    assert len(lines_of(kept)) == 3


def test_what_was_cut_off_is_left_out(folder: Path) -> None:
    trace = next(folder.glob(".deadair/runs/first/0000-*/trace.jsonl"))
    trace.write_bytes(trace.read_bytes()[:-200])

    result = deadair(folder, "baseline", "update")

    assert "left out, since inconclusive: 1 case" in result.stdout
    assert len(lines_of(folder)) == 2


def test_show_tells_what_is_kept(kept: Path, golden: Callable[[str, str], None]) -> None:
    golden("cli/baseline-show.txt", deadair(kept, "baseline", "show").stdout)


def test_show_of_nothing_is_a_wrong_call(kept: Path) -> None:
    result = deadair(kept, "baseline", "show", "nobody")

    assert result.exit_code == 2
    assert "None of its 2 cases has 'nobody' in its name." in result.stderr


def test_a_file_that_is_no_baseline_is_not_overwritten(folder: Path) -> None:
    (folder / "deadair.baseline").write_text("my notes\n", encoding="utf-8")

    result = deadair(folder, "baseline", "update")

    assert "deadair.baseline:1: this line is no JSON" in str(result.exception)
    assert lines_of(folder) == ["my notes"]


# ── comparing ────────────────────────────────────────────────────────────────


def test_nothing_changed_since_the_baseline(kept: Path) -> None:
    result = deadair(kept, "compare", "deadair.baseline", "latest")

    assert result.exit_code == 0
    assert result.stdout == ("base deadair.baseline   new first\nno regression in 2 cases, and nothing changed\n")


def test_a_run_is_compared_with_itself(folder: Path) -> None:
    assert deadair(folder, "compare", "first", ".deadair/runs/first").exit_code == 0


def test_a_longer_wait_closes_the_gate_and_is_told_in_one_sentence(kept: Path) -> None:
    with changed(kept, waits_us=[500_000]):
        result = deadair(kept, "compare", "deadair.baseline", "latest")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 worse, of 2 cases: the 1st wait took 500 ms, and now 1 s"
    assert "deadair rerun 'first::calls.yaml::comes back'" in result.stdout


def test_a_shorter_wait_opens_it(kept: Path) -> None:
    with changed(kept, waits_us=[5_000_000]):
        assert deadair(kept, "compare", "deadair.baseline", "latest").exit_code == 0


def test_every_form_can_be_written_at_once(kept: Path) -> None:
    forms = [f"--format={name}={name}.out" for name in ("markdown", "html", "json", "terminal")]

    result = deadair(kept, "compare", "deadair.baseline", "latest", *forms)

    assert "nothing changed" in result.stdout
    for name in ("markdown", "html", "json", "terminal"):
        assert "nothing changed" in (kept / f"{name}.out").read_text(encoding="utf-8")


def test_a_form_without_a_file_is_all_that_is_printed(kept: Path) -> None:
    result = deadair(kept, "compare", "deadair.baseline", "latest", "--format", "json")

    assert json.loads(result.stdout)["exit_code"] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("first", "nowhere"), "there is no 'nowhere'"),
        (("first", "first", "--format", "--help"), "There is no format '--help'"),
        (("first", "first", "--format", "pdf"), "There is no format 'pdf'. There are: terminal, markdown, html, json."),
        (("first", "first", "--format", "json", "--format", "html"), "Standard output is for one format"),
        (("first", "first", "--times", "20"), "On the virtual clock once is enough"),
        (("first", "calls.yaml"), "calls.yaml:1: this line is no JSON"),
        (("first", "x" * 5000), "there is no 'xxx"),
        (("first", "\0"), "there is no '"),
        (("first", "--nothing"), "No such option"),
        (("first", "a.zip"), "a.zip"),
        (("first", "calls.yaml/"), "calls.yaml"),
        (
            ("first", "first", "--format", "json=no/such/folder.json"),
            "'no/such/folder.json' is in a folder that is not there",
        ),
    ],
)
def test_a_wrong_call_is_told_with_the_way_out(folder: Path, words: tuple[str, ...], says: str) -> None:
    (folder / "a.zip").write_bytes(b"PK\x03\x04 not a zip")

    result = deadair(folder, "compare", *words)

    assert result.exit_code in (1, 2)
    assert says in result.stderr + str(result.exception)
    assert not isinstance(result.exception, (TypeError, ValueError, OSError))
