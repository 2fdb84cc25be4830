"""`deadair run` as a user has it: what it says, what it leaves on disk, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.scenario import load as load_scenarios
from harness.trace import load as load_trace
from tests.support.command_line import DEADAIR, called, deadair, environment

GOOD = """\
deadair: 1
defaults:
  script: []
  faults:
    - {at: 300ms, do: drop}
scenarios:
  - scenario: comes back
    provider: [openai-realtime, gemini-live]
    expect:
      backoff: {waits: [1s]}
      end: {state: active, by: 5s, hold: 300ms}
  - scenario: comes back twice
    provider: deepgram
    runs: {times: 2}
    expect:
      backoff: {waits: [1s]}
      end: {state: active, by: 5s, hold: 300ms}
"""

BAD = """\
deadair: 1
scenario: waits three seconds
provider: openai-realtime
script: []
faults:
  - {id: cut, at: 300ms, do: drop}
expect:
  backoff: {waits: [3s], each: ±5%}
  end: {state: active, by: 8s, hold: 300ms}
"""

BROKEN = """\
deadair: 1
scenario: nobody is there
provider: openai-realtime
client: python:nowhere:make
expect:
  end: {state: active, by: 5s}
"""

MISTAKEN = """\
deadair: 1
scenario: is written badly
provider: openai-realtime
faults:
  - {at: 300, do: drop}
  - {at: 1s, do: dropp}
expect:
  end: {state: active, by: 5s}
"""


def with_files(folder: Path) -> Path:
    """A folder of a user with three scenario files."""
    (folder / "good.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "bad.yaml").write_text(BAD, encoding="utf-8")
    (folder / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return with_files(tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A call that is over, and the folder in which it was made."""

    project: Path
    returncode: int
    stdout: str
    stderr: str

    @classmethod
    def of(cls, place: Path, done: subprocess.CompletedProcess[str]) -> Ran:
        return cls(project=place, returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def played(*arguments: str, folder: Path, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`deadair run` on the virtual clock, with one process for all cases."""
    return called("run", *arguments, "--clock", "virtual", "--jobs", "1", folder=folder, more=more)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What passes, played once for all who only look at it."""
    place = with_files(tmp_path_factory.mktemp("good"))
    return Ran.of(place, played("good.yaml", folder=place))


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What fails, played once for all who only look at it."""
    place = with_files(tmp_path_factory.mktemp("bad"))
    return Ran.of(place, played("bad.yaml", "--seed", "7", folder=place))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What passes and what fails, in a process of its own as a user has it, played once for all who only look at it."""
    place = with_files(tmp_path_factory.mktemp("both"))
    return Ran.of(place, deadair("run", "good.yaml", "bad.yaml", "--clock", "virtual", folder=place))


@pytest.fixture(scope="module")
def all_three(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What passes, what fails and what breaks off, played once for all who only look at it."""
    place = with_files(tmp_path_factory.mktemp("all_three"))
    return Ran.of(place, played("good.yaml", "bad.yaml", "broken.yaml", folder=place))


def verdicts(said: str) -> dict[str, str]:
    """Each case's verdict, as a pipe gets it."""
    return {
        name: verdict
        for verdict, name in re.findall(r"^(pass|fail|inconclusive|flaky) +(.+?\.yaml::.+?)  \d", said, re.MULTILINE)
    }


def run_folder(project: Path) -> Path:
    (folder,) = (project / ".deadair" / "runs").iterdir()
    return folder


# ── verdicts and exit codes ──────────────────────────────────────────────────


def test_all_pass_exits_with_0(good: Ran) -> None:
    assert good.returncode == 0, good.stdout + good.stderr
    assert verdicts(good.stdout) == {
        "good.yaml::comes back[provider=openai-realtime]": "pass",
        "good.yaml::comes back[provider=gemini-live]": "pass",
        "good.yaml::comes back twice": "pass",
    }
    assert "3 passed" in good.stdout


def test_one_fail_exits_with_1_even_beside_an_inconclusive_case(all_three: Ran) -> None:
    assert all_three.returncode == 1
    assert sorted(verdicts(all_three.stdout).values()) == ["fail", "inconclusive", "pass", "pass", "pass"]
    assert "3 passed, 1 failed, 1 inconclusive" in all_three.stdout


def test_an_inconclusive_case_exits_with_3_and_says_what_broke(project: Path) -> None:
    ran = played("broken.yaml", folder=project)

    assert ran.returncode == 3
    assert "the run broke off: ModuleNotFoundError: No module named 'nowhere'" in ran.stdout


def test_the_real_clock_gives_the_same_verdicts(project: Path, all_three: Ran) -> None:
    files = ("good.yaml", "bad.yaml", "broken.yaml")

    real = called("run", *files, "--proxy", "embedded", "--jobs", "1", folder=project)

    assert real.returncode == 1
    assert verdicts(real.stdout) == verdicts(all_three.stdout)


def test_a_case_that_needs_the_real_clock_is_left_out_on_the_virtual_one(project: Path) -> None:
    (project / "real.yaml").write_text(
        GOOD.replace("scenario: comes back twice", "scenario: by the sun\n    clock: real")
    )

    ran = played("real.yaml", folder=project)

    assert set(verdicts(ran.stdout)) == {
        "real.yaml::comes back[provider=openai-realtime]",
        "real.yaml::comes back[provider=gemini-live]",
    }
    assert "left out: 1 that can be played on the real clock only" in ran.stdout


def test_cases_that_all_need_the_real_clock_are_an_error_on_the_virtual_one(project: Path) -> None:
    (project / "real.yaml").write_text(BAD + "clock: real\n")

    ran = played("real.yaml", folder=project)

    assert ran.returncode == 2
    assert "What is meant can be played on the real clock only: leave out '--clock virtual'." in ran.stderr


# ── what a failure says ──────────────────────────────────────────────────────


def test_a_failure_is_one_sentence_with_the_moment_and_the_size(bad: Ran) -> None:
    first = re.search(r"^ +backoff +(.+)$", bad.stdout, re.MULTILINE)
    assert first is not None
    assert first[1] == "the 1st wait was 1 s instead of 3 s ±5 %, at 1.3 s"


def test_the_waits_are_drawn(bad: Ran) -> None:
    assert re.search(r"^ +backoff .+\n +3 s +━+ +┃ +1 s$", bad.stdout, re.MULTILINE), bad.stdout


def test_the_rerun_command_plays_exactly_that_case_again(both: Ran) -> None:
    (rerun,) = re.findall(r"^ +rerun +deadair (.+)$", both.stdout, re.MULTILINE)
    again = called(*shlex.split(rerun), "--out", "again", folder=both.project)

    assert again.returncode == 1
    assert verdicts(again.stdout) == {"bad.yaml::waits three seconds": "fail"}
    (trace,) = (both.project / "again").glob("*/trace.jsonl")
    (before,) = run_folder(both.project).glob("*-waits-three-seconds/trace.jsonl")
    assert trace.read_bytes() == before.read_bytes()


def test_the_rerun_command_works_from_a_folder_within_the_project(project: Path) -> None:
    (project / "pyproject.toml").touch()
    (project / "deep" / "er").mkdir(parents=True)
    first = played("../../bad.yaml", folder=project / "deep" / "er")
    (rerun,) = re.findall(r"^ +rerun +deadair (.+)$", first.stdout, re.MULTILINE)
    again = called(*shlex.split(rerun), folder=project / "deep" / "er")

    assert verdicts(again.stdout) == verdicts(first.stdout) == {"bad.yaml::waits three seconds": "fail"}


# ── who reads it ─────────────────────────────────────────────────────────────


def on_a_terminal(*arguments: str, folder: Path, **more: str) -> str:
    """What a person sees, escape sequences and all."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*DEADAIR, *arguments],
        cwd=folder,
        env=environment({"TERM": "xterm-256color", "COLUMNS": "120", **more}),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:
        pass  # Linux says EIO where the other end is closed
    finally:
        os.close(ours)
        process.wait(30)
    return seen.decode()


def test_a_terminal_gets_signs_and_colours(project: Path) -> None:
    seen = on_a_terminal("run", "good.yaml", "bad.yaml", "--clock", "virtual", "--jobs", "1", folder=project)

    assert re.search(r"\x1b\[32m✓\x1b\[0m good\.yaml::comes back twice", seen)
    assert re.search(r"\x1b\[1;31m✗\x1b\[0m bad\.yaml::waits three seconds", seen)


def test_a_terminal_gets_no_colours_where_NO_COLOR_is_set(project: Path) -> None:
    seen = on_a_terminal(
        "run", "good.yaml", "-k", "twice", "--clock", "virtual", "--jobs", "1", folder=project, NO_COLOR="1"
    )

    assert "✓ good.yaml::comes back twice" in seen
    assert "\x1b[3" not in seen


def test_a_terminal_in_ci_gets_the_words_of_a_pipe(project: Path) -> None:
    seen = on_a_terminal(
        "run", "good.yaml", "-k", "twice", "--clock", "virtual", "--jobs", "1", folder=project, CI="true"
    )

    assert re.search(r"^pass +good\.yaml::comes back twice", seen, re.MULTILINE)
    assert "\x1b" not in seen


def test_a_pipe_gets_no_escape_sequences(both: Ran) -> None:
    assert "\x1b" not in both.stdout + both.stderr


def test_a_pipe_that_knows_ascii_only_gets_ascii(project: Path) -> None:
    ran = deadair("run", "bad.yaml", "--clock", "virtual", folder=project, more={"PYTHONIOENCODING": "ascii"})

    assert ran.returncode == 1, ran.stderr
    assert ran.stdout.isascii()


def test_a_reader_that_goes_away_early_is_no_traceback(project: Path) -> None:
    command = shlex.join([*DEADAIR, "run", "good.yaml", "bad.yaml", "--clock", "virtual", "--jobs", "1"])
    ran = subprocess.run(
        f"{command} | head -n 1",
        shell=True,
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.stdout.count("\n") == 1
    assert "Traceback" not in ran.stderr


def test_github_gets_an_annotation_for_a_failure(project: Path) -> None:
    on_github = {"CI": "true", "GITHUB_ACTIONS": "true"}
    ran = played("bad.yaml", folder=project, more=on_github)

    assert re.search(r"^::error file=bad\.yaml,line=\d+", ran.stdout, re.MULTILINE)


# ── the run folder ───────────────────────────────────────────────────────────


def test_the_run_folder_and_its_report_are_named_at_the_end(bad: Ran) -> None:
    folder = run_folder(bad.project)

    named = folder.relative_to(bad.project)
    assert bad.stdout.splitlines()[-2:] == [f"report: {named}/report.html", f"traces and results: {named}"]
    assert (folder / "report.html").is_file()


def test_each_run_has_its_scenario_its_trace_and_its_result(good: Ran) -> None:
    places = [place for place in run_folder(good.project).iterdir() if place.is_dir()]
    assert len(places) == 4
    for place in places:
        assert sorted(file.name for file in place.iterdir()) == ["result.json", "scenario.yaml", "trace.jsonl"]


def test_the_kept_scenario_is_the_case_that_was_played(bad: Ran) -> None:
    (file,) = run_folder(bad.project).glob("*/scenario.yaml")
    loaded = load_scenarios([file], root=file.parent)
    (original,) = load_scenarios([bad.project / "bad.yaml"], root=bad.project).cases
    assert not loaded.errors
    (kept,) = loaded.cases
    assert kept.model_dump(exclude={"id", "place"}) == original.model_dump(exclude={"id", "place"})


def test_the_kept_trace_is_whole_and_says_what_was_played(bad: Ran) -> None:
    (file,) = run_folder(bad.project).glob("*/trace.jsonl")
    trace = load_trace(file)
    assert trace.end is not None
    assert (trace.header.seed, trace.header.clock, trace.header.case["scenario"]) == (
        7,
        "virtual",
        "waits three seconds",
    )


def test_the_results_are_kept_for_machines(both: Ran) -> None:
    results = json.loads((run_folder(both.project) / "result.json").read_text(encoding="utf-8"))

    assert results["exit_code"] == both.returncode == 1
    assert {case["id"]: case["verdict"] for case in results["cases"]} == verdicts(both.stdout)


def test_two_runs_do_not_share_a_folder(all_three: Ran) -> None:
    played("bad.yaml", folder=all_three.project)

    assert len(list((all_three.project / ".deadair" / "runs").iterdir())) == 2


# ── which cases ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("good.yaml", "-k", "TWICE"), {"good.yaml::comes back twice"}),
        (("good.yaml", "--provider", "gemini-live"), {"good.yaml::comes back[provider=gemini-live]"}),
        (
            (".", "--provider", "gemini-live", "--provider", "deepgram"),
            {"good.yaml::comes back[provider=gemini-live]", "good.yaml::comes back twice"},
        ),
        (("good.yaml::comes back twice",), {"good.yaml::comes back twice"}),
        (
            ("good.yaml::comes back[provider=openai-realtime]", "bad.yaml"),
            {"good.yaml::comes back[provider=openai-realtime]", "bad.yaml::waits three seconds"},
        ),
    ],
)
def test_cases_can_be_chosen(project: Path, arguments: tuple[str, ...], wanted: set[str]) -> None:
    ran = played(*arguments, folder=project)

    assert verdicts(ran.stdout).keys() == wanted


def test_a_seed_plays_every_case_once_with_that_seed(project: Path) -> None:
    played("good.yaml::comes back twice", "--seed", "7", folder=project)

    (trace,) = run_folder(project).glob("*/trace.jsonl")
    assert load_trace(trace).header.seed == 7


def test_one_process_gives_the_same_traces_as_many(good: Ran) -> None:
    called("run", "good.yaml", "--clock", "virtual", "--jobs", "4", "--out", "by four", folder=good.project)

    folders = (run_folder(good.project), good.project / "by four")
    told = [[file.read_bytes() for file in sorted(folder.glob("*/trace.jsonl"))] for folder in folders]
    assert len(told[0]) == 4
    assert told[0] == told[1]


# ── wrong calls ──────────────────────────────────────────────────────────────


def refused(project: Path, *arguments: str) -> str:
    """What is said of a call that is wrong; nothing was run."""
    ran = called(*arguments, folder=project)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert ran.stdout == ""
    assert not (project / ".deadair").exists()
    return ran.stderr


def test_an_unknown_case_is_named_with_the_nearest_one(project: Path) -> None:
    said = refused(project, "run", "good.yaml::comes back twise")

    assert "There is no case 'comes back twise'. Did you mean 'comes back twice'?" in said


def test_every_unknown_case_is_told_also_beside_a_known_one(project: Path) -> None:
    said = refused(project, "run", "good.yaml::comes back twice", "bad.yaml::waits tree seconds")

    assert "There is no case 'waits tree seconds'. Did you mean 'waits three seconds'?" in said


def test_a_text_that_no_case_has_is_said(project: Path) -> None:
    assert "None of the 3 cases is meant: none has 'nothing' in its name." in refused(
        project, "run", "good.yaml", "-k", "nothing"
    )


def test_a_misspelt_provider_is_named_with_the_nearest_one(project: Path) -> None:
    said = refused(project, "run", "good.yaml", "--provider", "gemini")

    assert "'gemini' is not one of 'gemini-live', 'openai-realtime', 'deepgram'" in said


def test_a_misspelt_option_is_named_with_the_nearest_one(project: Path) -> None:
    said = refused(project, "run", "good.yaml", "--clok", "virtual")

    # click's own words, which differ a little between its versions.
    assert re.search(r"No such option:? '?--clok'?\.? Did you mean '?--clock'?\?", said)


def test_a_misspelt_command_is_named_with_the_nearest_one(project: Path) -> None:
    assert "There is no command 'rum'. Did you mean 'run'?" in refused(project, "rum")


def test_a_file_with_mistakes_is_told_with_all_of_them_and_nothing_is_run(project: Path) -> None:
    (project / "mistaken.yaml").write_text(MISTAKEN, encoding="utf-8")
    said = refused(project, "run", "good.yaml", "mistaken.yaml", "--clock", "virtual")

    assert "mistaken.yaml:5:10: '300' is no duration: it has no unit" in said
    assert "did you mean 'drop'?" in said


def test_a_file_that_is_not_there_is_named(project: Path) -> None:
    assert "nowhere.yaml" in refused(project, "run", "nowhere.yaml")


def test_a_folder_without_scenarios_is_said(project: Path) -> None:
    (project / "empty").mkdir()

    assert "empty" in refused(project, "run", "empty")


def test_toxiproxy_that_is_asked_for_and_not_there_is_an_error_with_a_way_out(project: Path) -> None:
    ran = called(
        "run", "good.yaml", "--proxy", "toxiproxy", folder=project, more={"DEADAIR_TOXIPROXY": "", "PATH": "/nowhere"}
    )

    assert ran.returncode == 2
    assert "'--proxy embedded' goes without it" in ran.stderr


# ── a place that takes no files ──────────────────────────────────────────────


def test_a_run_folder_that_cannot_be_made_is_named(project: Path) -> None:
    (project / "taken").write_text("")

    ran = played("bad.yaml", "--out", "taken/here", folder=project)

    assert ran.returncode == 2
    assert "the run folder cannot be written: Not a directory. Name another with --out." in ran.stderr


def test_traces_that_no_longer_fit_make_their_runs_inconclusive(project: Path) -> None:
    command = shlex.join(
        [*DEADAIR, "run", "good.yaml::comes back[provider=openai-realtime]", "--clock", "virtual", "--out", "here"]
    )
    ran = subprocess.run(
        # 3 KiB for each file: enough for a scenario and a result, and not for a trace.
        ["bash", "-c", f"ulimit -f 3; exec {command}"],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "trace.jsonl: this trace cannot be written: File too large" in ran.stdout
    assert "Traceback" not in ran.stderr
