from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from harness.cli.judge import judge
from harness.trace import Trace, dump
from tests.support.results import WAITS, three_waits
from tests.support.traces import case

ASKED = case(backoff=WAITS)
GOOD = three_waits(ASKED).ends()
BAD = three_waits(ASKED, last_s=9).ends()
HALF = three_waits(ASKED).trace()


def judged(folder: Path, *traces: Trace | bytes, options: tuple[str, ...] = ()) -> Result:
    paths = []
    for number, trace in enumerate(traces, start=1):
        path = folder / f"{number}.jsonl"
        path.write_bytes(trace if isinstance(trace, bytes) else dump(trace))
        paths.append(str(path))
    return CliRunner().invoke(judge, [*paths, *options])


def test_a_good_trace_exits_with_0(tmp_path: Path) -> None:
    result = judged(tmp_path, GOOD)

    assert result.exit_code == 0
    assert result.stdout.startswith("pass         calls.yaml::a call  9.5 s\n")


def test_a_bad_trace_exits_with_1_and_says_why(tmp_path: Path) -> None:
    result = judged(tmp_path, BAD)

    assert result.exit_code == 1
    assert "the 3rd wait was 9 s instead of 4 s ±5 %, at 12.5 s" in result.stdout


def test_half_a_trace_exits_with_3(tmp_path: Path) -> None:
    assert judged(tmp_path, HALF).exit_code == 3


def test_a_file_that_is_no_trace_exits_with_2_and_the_others_are_judged_still(tmp_path: Path) -> None:
    result = judged(tmp_path, b"{}\n", GOOD)

    assert result.exit_code == 2
    assert "1.jsonl:1: this is no trace of deadair" in result.stderr
    assert "1 passed" in result.stdout


def test_a_case_of_another_version_exits_with_2(tmp_path: Path) -> None:
    trace = dump(GOOD).splitlines(keepends=True)[0].replace(b'"provider":"openai-realtime"', b'"provider":"nobody"')

    result = judged(tmp_path, trace)

    assert result.exit_code == 2
    assert "1.jsonl:1: this deadair cannot read the case of this trace: " in result.stderr


def test_a_file_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    assert CliRunner().invoke(judge, [str(tmp_path / "nowhere.jsonl")]).exit_code == 2


def test_traces_of_one_case_count_as_its_runs(tmp_path: Path) -> None:
    result = judged(tmp_path, GOOD, BAD, GOOD)

    assert result.exit_code == 1
    assert "flaky        calls.yaml::a call  14.5 s, 2 of 3 runs passed" in result.stdout


def test_the_results_can_be_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"

    judged(tmp_path, BAD, options=("--result", str(path)))

    assert json.loads(path.read_text(encoding="utf-8"))["totals"]["fail"] == 1


def test_a_trace_is_judged_the_same_every_time(tmp_path: Path) -> None:
    first = json_of(tmp_path, "a.json")

    assert json_of(tmp_path, "b.json") == first


def json_of(folder: Path, name: str) -> str:
    judged(folder, BAD, options=("--result", str(folder / name)))
    return (folder / name).read_text(encoding="utf-8")
