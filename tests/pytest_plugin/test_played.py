"""What pytest says of scenarios that were played: one run of pytest in a small project, looked at from all sides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.reports import results_of
from harness.runs import open_run
from tests.support.pytest_files import CLIENTS, ENDS_THE_PROCESS, GIVES_UP, SURVIVES
from tests.support.pytest_runs import PytestRun, pytest_run, written

SENTENCE = "no wire.ready came after wire.closed (at 3 s)"

BROKEN = """\
deadair: 1
scenario: nobody calls it so
provider: deepgramm
faults: [{at: 3, do: reset}]
expect: {end: {state: active, by: 20s}}
"""

NOT_THERE = GIVES_UP.replace("python:clients:gives_up", "no-such-client").replace("a polite goodbye", "no client")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PytestRun:
    """The processes are the subject: pytest's own, and the one in which it has cases played."""
    folder = written(
        tmp_path_factory.mktemp("project"),
        {
            "clients.py": CLIENTS,
            "a.scenario.yaml": ENDS_THE_PROCESS,
            "b/goodbye.scenario.yaml": GIVES_UP,
            "b/no.scenario.yaml": NOT_THERE,
            "c.scenario.yml": SURVIVES,
        },
    )
    return pytest_run(folder, "b", "a.scenario.yaml", "c.scenario.yml", "-k", "not nothing", "--deadair-out=out")


def test_a_case_is_a_test_of_its_name(run: PytestRun) -> None:
    assert {name: told.outcome for name, told in run.tests.items()} == {
        "ends the process": "failed",
        "a polite goodbye": "failed",
        "no client": "failed",
        "survives a reset[provider=openai-realtime]": "passed",
        "survives a reset[provider=deepgram]": "passed",
        "on the real clock": "skipped",
    }
    assert run.exit_code == 1


def test_a_failure_is_told_in_the_words_of_every_other_report(run: PytestRun) -> None:
    told = run.tests["a polite goodbye"]

    trace = Path("out/0000-a-polite-goodbye/trace.jsonl")
    assert told.message == SENTENCE
    first, *rest = told.text.splitlines()
    assert first.startswith("fail         b/goodbye.scenario.yaml::a polite goodbye  ")
    assert rest[0] == f"    order     {SENTENCE}"
    assert rest[-2:] == [
        f"    trace     {trace}",
        "    rerun     deadair run 'b/goodbye.scenario.yaml::a polite goodbye' --seed 0 --clock virtual",
    ]


def test_no_traceback_of_ours_is_shown(run: PytestRun) -> None:
    assert "Traceback" not in run.printed
    assert "pytest_plugin" not in run.printed


def test_the_short_summary_has_the_sentence(run: PytestRun) -> None:
    assert f"FAILED b/goodbye.scenario.yaml::a polite goodbye - {SENTENCE}" in run.printed


def test_the_junit_file_has_what_plays_it_again(run: PytestRun) -> None:
    assert run.tests["a polite goodbye"].properties == {
        "deadair.verdict": "fail",
        "deadair.provider": "deepgram",
        "deadair.clock": "virtual",
        "deadair.seed": "0",
        "deadair.rerun": "deadair run 'b/goodbye.scenario.yaml::a polite goodbye' --seed 0 --clock virtual",
        "deadair.trace": "out/0000-a-polite-goodbye/trace.jsonl",
    }


def test_what_says_nothing_is_a_failure_with_its_own_word(run: PytestRun) -> None:
    told = run.tests["ends the process"]

    assert told.message == "inconclusive: the run broke off: its process ended without a word"
    assert told.properties["deadair.verdict"] == "inconclusive"


def test_a_client_that_takes_its_process_along_spoils_no_other_test(run: PytestRun) -> None:
    assert run.tests["survives a reset[provider=deepgram]"].outcome == "passed"


def test_a_client_that_nobody_knows_is_told_with_those_that_there_are(run: PytestRun) -> None:
    told = run.tests["no client"]

    assert told.message == "there is no client 'no-such-client'."
    assert told.text.splitlines()[-1].startswith("Known clients: ")


def test_a_tag_that_pytest_would_go_by_skips_nothing(run: PytestRun) -> None:
    assert run.tests["a polite goodbye"].outcome == "failed"


def test_what_needs_the_real_clock_is_skipped_with_the_way_to_play_it(run: PytestRun) -> None:
    reason = "the scenario says 'clock: real': play it with --deadair-clock either"

    assert run.tests["on the real clock"].message == reason
    assert f"SKIPPED [1] c.scenario.yml: {reason}" in run.printed


def test_the_run_folder_is_named_in_the_end(run: PytestRun) -> None:
    assert "deadair: traces, results and report.html are in out\n" in run.printed


def test_the_run_folder_is_one_that_every_command_takes(run: PytestRun) -> None:
    opened = open_run(run.folder / "out")

    assert opened.about.selection == ("b", "a.scenario.yaml", "c.scenario.yml", "-k", "not nothing")
    told = {result.case.id: result.verdict.value for result in results_of(opened)}
    assert told["b/goodbye.scenario.yaml::a polite goodbye"] == "fail"
    assert told["c.scenario.yml::survives a reset[provider=deepgram]"] == "pass"


def test_the_run_folder_has_the_page_and_the_results_of_all(run: PytestRun) -> None:
    assert SENTENCE in (run.folder / "out/report.html").read_text(encoding="utf-8")
    totals = json.loads((run.folder / "out/result.json").read_text(encoding="utf-8"))["totals"]
    assert totals == {"pass": 2, "fail": 1, "inconclusive": 1, "flaky": 0}


def test_the_case_is_kept_as_it_was_played(run: PytestRun) -> None:
    (kept,) = open_run(run.folder / "out").find("a polite goodbye")

    assert kept.case().client == "python:clients:gives_up"
    assert json.loads((kept.folder / "result.json").read_text(encoding="utf-8"))["verdict"] == "fail"


# The machine's clock is the subject; that this machine may be too busy to say something is none of the test's.
def test_on_the_real_clock_it_is_really_played(run: PytestRun) -> None:
    really = pytest_run(run.folder, "-k", "clock", "--deadair-clock=either", "--deadair-proxy=embedded")

    told = really.tests["on the real clock"].properties
    assert told["deadair.clock"] == "real"
    assert told["deadair.verdict"] in ("pass", "inconclusive")
