"""`deadair diff` finds the two runs, tells what is different, and says so in its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.runs import Entry, about_here, write_about
from harness.trace import dump
from tests.support.results import WAITS, three_waits
from tests.support.traces import case

ASKED = case(backoff=WAITS)
GOOD, LATE = three_waits(ASKED).ends(), three_waits(ASKED, last_s=5.2).ends()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two runs of one case, of which the second one waited for too long."""
    entries = []
    for number, trace in enumerate((GOOD, LATE)):
        folder = tmp_path / "run" / f"{number:04d}-a-call"
        folder.mkdir(parents=True)
        (folder / "trace.jsonl").write_bytes(dump(trace))
        entries.append(
            Entry(folder=folder.name, case=ASKED.id, scenario="a call", place="calls.yaml:1", seed=42, clock="virtual")
        )
    write_about(tmp_path / "run", about_here(runs=entries, proxy="embedded"))
    return tmp_path / "run"


def diff(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def test_the_same_exits_with_0(run: Path):
    told = diff(f"{run}::0", f"{run}::0000")

    assert (told.exit_code, told.output) == (0, "the same, event for event, to the microsecond\n")


def test_another_wait_exits_with_1(run: Path):
    told = diff(f"{run}::0", f"{run}::1")

    assert told.exit_code == 1
    assert "wait      3rd: - 4 s  + 5.2 s\n" in told.output
    assert "moved     wire.attempt from 7.5 s, 1.2 s later\n" in told.output


def test_files_of_traces_are_taken_as_well(run: Path):
    assert diff(run / "0000-a-call/trace.jsonl", f"{run}::1").exit_code == 1


def test_machines_get_all_of_it(run: Path):
    told = json.loads(diff(f"{run}::0", f"{run}::1", "--json").stdout)

    assert told["same"] is False
    assert told["waits_us"][2] == [4_000_000, 5_200_000]


def test_a_name_that_means_several_runs_is_told_which(run: Path):
    told = diff(f"{run}::a call", f"{run}::1")

    assert told.exit_code == 2
    assert f"'{run}::a call' means 2 runs; one is needed: '{run}::0000-a-call'" in told.output


def test_a_trace_that_is_broken_exits_with_2(run: Path):
    (run / "0000-a-call/trace.jsonl").write_bytes(b"\x00\xff\n")

    told = diff(f"{run}::0", f"{run}::1")

    assert told.exit_code == 2
    assert "trace.jsonl:1: " in told.output


# ── judging what is kept ─────────────────────────────────────────────────────


def test_changed_verdicts_are_told_when_a_run_is_judged_again(run: Path):
    for folder, verdict in (("0000-a-call", "fail"), ("0001-a-call", "fail")):
        (run / folder / "result.json").write_text(json.dumps({"cases": [{"runs": [{"verdict": verdict}]}]}))

    told = CliRunner().invoke(main, ["judge", str(run)])

    assert told.exit_code == 1
    assert "changed calls.yaml::a call: fail then, pass, fail today" in told.output


def test_verdicts_that_are_as_they_were_are_counted(run: Path):
    for folder, verdict in (("0000-a-call", "pass"), ("0001-a-call", "fail")):
        (run / folder / "result.json").write_text(json.dumps({"cases": [{"runs": [{"verdict": verdict}]}]}))

    assert f"{run}: 1 case as then\n" in CliRunner().invoke(main, ["judge", str(run)]).output


def test_one_run_of_a_folder_can_be_judged(run: Path):
    told = CliRunner().invoke(main, ["judge", f"{run}::0"])

    assert told.exit_code == 0
    assert told.output.startswith("pass         calls.yaml::a call  9.5 s\n")


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b'{"cases": []}', b'{"cases": [{"runs": [{"verdict": "x"}]}]}', b"\xff"]
)
def test_a_result_that_cannot_be_read_is_no_verdict(run: Path, broken: bytes):
    (run / "0000-a-call" / "result.json").write_bytes(broken)

    told = CliRunner().invoke(main, ["judge", f"{run}::0"])

    assert told.exit_code == 0
    assert "as then" not in told.output
