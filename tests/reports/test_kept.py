"""A run folder, read back: what is told of it is what its traces say today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.expectations import Verdict
from harness.reports import Report, RunResult, judged, report_of, results_of, write_summary
from harness.runs import Entry, Run, about_here, open_run, write_about
from harness.trace import Trace, dump
from tests.support.results import WAITS, result_of, three_waits
from tests.support.traces import case

ASKED = case(backoff=WAITS)
GOOD, BAD = three_waits(ASKED).ends(), three_waits(ASKED, last_s=9).ends()

SCENARIO = """\
deadair: 1
scenario: a call
provider: deepgram
expect:
  end: {state: active, by: 5s}
"""


class Folder:
    """A run folder that grows, run by run."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._entries: list[Entry] = []

    def keeps(
        self, folder: str, *, case_id: str = ASKED.id, trace: Trace | bytes | None = None, said: RunResult | None = None
    ) -> Folder:
        place = self.place / folder
        place.mkdir(parents=True)
        (place / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
        if trace is not None:
            (place / "trace.jsonl").write_bytes(trace if isinstance(trace, bytes) else dump(trace))
        if said is not None:
            told = result_of(said, asked=ASKED, case_id=case_id)
            write_summary(place / "result.json", Report(results=(told,)))
        self._entries.append(
            Entry(folder=folder, case=case_id, scenario="a call", place="calls.yaml:1", seed=42, clock="virtual")
        )
        return self

    def opened(self, **top: bool | float) -> Run:
        write_about(self.place, about_here(runs=self._entries, proxy="embedded", client="mine"))
        write_summary(self.place / "result.json", Report(results=(), **top))  # type: ignore[arg-type]
        return open_run(self.place)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "run")


def test_traces_are_judged_and_not_believed(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", trace=BAD, said=judged(GOOD)).opened()

    (result,) = results_of(run)

    assert result.verdict is Verdict.FAIL


def test_what_a_trace_does_not_say_is_taken_from_what_was_said_then(folder: Folder) -> None:
    said = replace(judged(GOOD), took_s=1.25, notes=("played behind the embedded proxy",))
    run = folder.keeps("0000-a-call", trace=GOOD, said=said).opened()

    (result,) = results_of(run)

    assert (result.runs[0].took_s, result.runs[0].notes) == (1.25, ("played behind the embedded proxy",))
    assert result.chosen_client == "mine"


def test_runs_of_one_case_are_told_together(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", trace=GOOD).keeps("0001-a-call", trace=BAD).opened()

    (result,) = results_of(run)

    assert (len(result.runs), result.passed, result.verdict) == (2, 1, Verdict.FLAKY)
    assert not result.passed_on_retry


def test_a_second_folder_of_the_same_number_is_a_second_try(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", trace=BAD).keeps("0000-a-call-again-1", trace=GOOD).opened()

    (result,) = results_of(run)

    assert (len(result.runs), len(result.retried)) == (1, 1)
    assert result.passed_on_retry


def test_a_run_that_broke_off_says_why_it_did(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", said=judged(None, "ModuleNotFoundError: No module named 'nowhere'")).opened()

    (result,) = results_of(run)

    assert result.told_run.judgement.reasons[0].sentence == (
        "the run broke off: ModuleNotFoundError: No module named 'nowhere'"
    )


@pytest.mark.parametrize(
    "trace", [b"", b"{}\n", b"\xff\xfe\x00", dump(GOOD)[:-400] + b"{"], ids=["empty", "no trace", "binary", "torn"]
)
def test_a_trace_that_cannot_be_read_is_inconclusive(folder: Folder, trace: bytes) -> None:
    run = folder.keeps("0000-a-call", trace=trace).keeps("0001-b-call", case_id="calls.yaml::b", trace=GOOD).opened()

    first, second = results_of(run)

    assert (first.verdict, second.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)


def test_what_was_not_played_is_named_and_makes_no_result(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", trace=GOOD).keeps("0001-b-call", case_id="calls.yaml::b").opened(interrupted=True)

    told = report_of(run)

    assert [one.case_id for one in told.unplayed] == ["calls.yaml::b"]
    assert (len(told.results), told.interrupted, told.exit_code) == (1, True, 3)


def test_how_long_it_took_is_told_of_the_whole_only(folder: Folder) -> None:
    folder.keeps("0000-a-call", trace=GOOD).keeps("0001-b-call", case_id="calls.yaml::b", trace=GOOD)
    run = folder.opened(took_s=7.5)

    assert report_of(run).took_s == 7.5
    assert report_of(run, run.find("calls.yaml::b")).took_s == 0


@pytest.mark.parametrize("said", [b"", b"[]", b'{"deadair_result": 99}', b"[" * 100_000])
def test_a_result_that_cannot_be_read_changes_no_verdict(folder: Folder, said: bytes) -> None:
    run = folder.keeps("0000-a-call", trace=GOOD, said=judged(GOOD)).opened()
    (run.place / "0000-a-call" / "result.json").write_bytes(said)

    (result,) = results_of(run)

    assert result.verdict is Verdict.PASS


def test_a_run_that_was_killed_is_taken_for_interrupted(folder: Folder) -> None:
    run = folder.keeps("0000-a-call", trace=GOOD).keeps("0001-b-call", case_id="calls.yaml::b").opened()
    (run.place / "result.json").unlink()

    assert report_of(run).interrupted
