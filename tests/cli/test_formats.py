"""`--format`: which forms there are, where they go, and what is told of a call that is wrong."""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.cli.formats import add_job_summary
from harness.cli.report import report
from harness.cli.schema import schema
from harness.errors import DeadairError
from harness.reports.document import result_schema
from harness.runs import Entry, about_here, write_about
from harness.trace import dump
from tests.support import results
from tests.support.results import WAITS, three_waits
from tests.support.traces import case

ASKED = case(backoff=WAITS)

HASTY = """\
deadair: 1
scenario: waits three seconds
provider: openai-realtime
script: []
faults:
  - {at: 300ms, do: drop}
expect:
  backoff: {waits: [3s]}
  end: {state: active, by: 8s, hold: 300ms}
"""

SENTENCE = "the 3rd wait was 9 s instead of 4 s ±5 %, at 12.5 s"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with one case that failed and one that passed."""
    place = tmp_path / "a run"
    entries = []
    for number, (name, last_s) in enumerate((("a call", 9.0), ("b call", 4.0))):
        folder = place / f"{number:04d}-{name[0]}"
        folder.mkdir(parents=True)
        asked = ASKED.model_copy(update={"id": f"calls.yaml::{name}"})
        (folder / "trace.jsonl").write_bytes(dump(three_waits(asked, last_s=last_s).ends()))
        entries.append(
            Entry(folder=folder.name, case=asked.id, scenario=name, place=asked.place, seed=42, clock="virtual")
        )
    write_about(place, about_here(runs=entries, proxy="embedded"))
    return place


def told(run: Path | str, *options: str) -> Result:
    return CliRunner().invoke(report, [str(run), *options])


def test_a_report_is_words_where_nothing_else_is_asked_for(run: Path) -> None:
    result = told(run)

    assert result.exit_code == 0
    assert f"    backoff   {SENTENCE}\n" in result.stdout
    assert "1 passed, 1 failed" in result.stdout


def test_a_report_of_one_case_tells_of_no_other(run: Path) -> None:
    assert "a call" not in told(f"{run}::b call").stdout


def test_a_form_without_a_file_is_standard_output(run: Path) -> None:
    assert json.loads(told(run, "--format", "json").stdout)["totals"]["fail"] == 1


def test_several_forms_go_each_to_its_file(run: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("json", "junit", "ctrf", "github", "markdown", "html", "terminal")}

    result = told(run, *(word for name, file in files.items() for word in ("--format", f"{name}={file}")))

    assert (result.exit_code, result.stdout) == (0, "")
    assert {name for name, file in files.items() if "the 3rd wait was 9 s instead of 4 s" in file.read_text()} == set(
        files
    )


def test_out_is_the_file_of_the_form_that_has_none(run: Path, tmp_path: Path) -> None:
    result = told(run, "--format", "junit", "--out", str(tmp_path / "j.xml"))

    assert result.stdout == ""
    assert (tmp_path / "j.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "jnuit"], "there is no form 'jnuit'. Did you mean 'junit'?"),
        (["--format", "pdf"], "There are: terminal, json, junit, ctrf, github, markdown, html."),
        (["--format", "\x1b[31m" * 100], "there is no form"),
        (["--format", "json="], "'json=' names no file: write 'json=FILE', or 'json' alone."),
        (["--format", "json", "--format", "junit"], "standard output is for one form, and 'json' and 'junit' want it"),
        (["--format", "json=a", "--format", "junit=./a"], "'a' is named twice: each form needs a file of its own."),
        (["--format", "json=no/where/a"], "'no/where/a' is in a folder that is not there: make it first."),
        (["--format", "json=/"], "'/' is a folder: name a file in it."),
        (["--format", f"json={'x' * 5000}/a"], "cannot be the name of a file"),
        (["--format", "json=a\x00b"], "cannot be the name of a file"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_wrong_call_says_what_to_do(run: Path, options: list[str], said: str) -> None:
    result = told(run, *options)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", "").split())
    assert "\x1b" not in result.stderr


def test_a_file_that_cannot_be_written_is_named_and_the_others_are_written(run: Path, tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")

    result = told(run, "--format", f"json={tmp_path / 'full'}", "--format", f"junit={tmp_path / 'j.xml'}")

    assert result.exit_code != 0
    assert "full: the results cannot be written: No space left on device" in str(result.exception)
    assert (tmp_path / "j.xml").exists()


def test_a_run_whose_form_cannot_be_written_keeps_the_rest_and_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "calls.yaml").write_text(HASTY, encoding="utf-8")
    with chdir(tmp_path):
        ran = CliRunner().invoke(
            main, ["run", "calls.yaml", "--clock", "virtual", "--out", "run", "--format", "json=/dev/full"]
        )

    assert ran.exit_code == 1
    assert "/dev/full: the results cannot be written: No space left on device" in ran.stderr
    assert {"result.json", "report.html"} <= {path.name for path in (tmp_path / "run").iterdir()}


def test_the_schema_of_the_results_can_be_had() -> None:
    result = CliRunner().invoke(schema, ["result"])

    assert json.loads(result.stdout) == result_schema()


# ── the summary of a job ─────────────────────────────────────────────────────


def test_a_summary_is_added_to_what_other_commands_of_the_step_have_written(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("# before\n", encoding="utf-8")

    add_job_summary(results.report(results.failed()), on_github(tmp_path))

    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("# before\n## ✗ deadair: 1 failed\n")


@pytest.mark.parametrize("before", [1_040_000, 1_048_500, 2_000_000])
def test_a_step_never_gets_more_than_github_takes(tmp_path: Path, before: int) -> None:
    (tmp_path / "summary.md").write_bytes(b"x" * before)

    add_job_summary(results.report(*[results.failed()] * 500), on_github(tmp_path))

    assert before <= (tmp_path / "summary.md").stat().st_size <= max(before, 1024 * 1024)


def test_there_is_no_summary_elsewhere(tmp_path: Path) -> None:
    add_job_summary(results.report(results.failed()), {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})

    assert not (tmp_path / "summary.md").exists()


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeadairError, match=r"summary\.md: the summary of the job cannot be written: No such file"):
        add_job_summary(results.report(results.failed()), on_github(tmp_path / "nowhere"))


def on_github(folder: Path) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
