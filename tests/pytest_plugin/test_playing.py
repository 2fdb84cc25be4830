"""`deadair_play`: a scenario played from a test. The fixture is the one that this very run of pytest has loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import DeadairError
from harness.pytest_plugin.playing import Play
from harness.runs import open_run
from harness.scenario import LoadError, load
from tests.support.pytest_files import SURVIVES

CALL = {
    "scenario": "one call",
    "provider": "deepgram",
    "faults": [{"at": "2s", "do": "reset"}],
    "expect": {"end": {"state": "active", "by": "20s"}},
}
ONE_ATTEMPT = {**CALL, "expect": {"count": {"wire.attempt": 1}, "end": {"state": "active", "by": "20s"}}}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "calls.yaml"
    path.write_text(SURVIVES, encoding="utf-8")
    return path


def test_values_are_played(deadair_play: Play):
    played = deadair_play(CALL)

    assert played
    assert (played.verdict, played.passed, played.sentence) == ("pass", True, "")
    assert played.trace.end is not None
    assert [event.connection for event in played.trace.events if event.kind == "wire.ready"] == [1, 2]


def test_a_text_is_played(deadair_play: Play):
    one = SURVIVES.replace("[openai-realtime, deepgram]", "deepgram").partition("  - scenario: on")[0]

    assert deadair_play(one).passed


def test_one_case_of_a_file_is_played(deadair_play: Play, calls: Path):
    played = deadair_play(f"{calls}::survives a reset[provider=openai-realtime]")

    assert played.passed
    assert played.trace.header.case["provider"] == "openai-realtime"


def test_what_did_not_pass_says_so_in_an_assert(deadair_play: Play):
    played = deadair_play(ONE_ATTEMPT)

    assert not played
    assert played.sentence.startswith("wire.attempt came twice instead of 1")
    assert repr(played) == f"<fail: {played.sentence}>"
    assert f"    count     {played.sentence}" in str(played).splitlines()


def test_the_rerun_command_names_a_file_that_holds_the_case(deadair_play: Play):
    played = deadair_play(ONE_ATTEMPT)

    file = Path(played.result.case.id.partition("::")[0])
    assert played.rerun == f"deadair run '{file}::one call' --seed 0 --clock virtual"
    assert [case.scenario for case in load([file], root=file.parent).checked()] == ["one call"]


def test_it_leaves_a_run_folder(deadair_play: Play):
    (kept,) = open_run(deadair_play(CALL).folder).kept

    assert kept.scenario == "one call"
    assert kept.trace().end is not None


def test_a_seed_plays_it_once(deadair_play: Play):
    played = deadair_play({**CALL, "runs": {"times": 3, "pass": "100%"}}, seed=11)

    assert [run.seed for run in played.result.runs] == [11]


def test_all_runs_are_played_without_one(deadair_play: Play):
    played = deadair_play({**CALL, "runs": {"times": 2, "pass": "100%"}})

    assert [run.verdict.value for run in played.result.runs] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("calls.yaml", r"^these are 3 cases, and one is played at a time: .* 'survives a reset\[provider=deepgram\]'"),
        ("calls.yaml::survives a reset", "^these are 2 cases"),
        ("calls.yaml::on the real cluck", r"^there is no case 'on the real cluck'. Did you mean 'on the real clock'\?"),
        ("calls.yaml::x", r"^there is no case 'x'. There are 'survives"),
        ("nowhere.yaml", r"nowhere.yaml:1:1: the file cannot be read: No such file"),
        ("", "this is a folder, and one case is played at a time"),
        ("a\0b.yaml", "is no name of a file"),
        ("deadair: 1\n\tx", "^.*given.scenario.yaml:2:1: "),
        ("\x1b[31m\n\x00", "^.*given.scenario.yaml:1:1: "),
        ({}, "given.scenario.yaml:1:1: "),
        ({**CALL, "provider": "deepgramm"}, "'deepgramm' is none of"),
        ({**CALL, "scenario": object()}, "^these values cannot stand in a scenario"),
        ({**CALL, "summary": "\ud800"}, "^a text of these values is no Unicode"),
        ({**CALL, "client": "no-such-client"}, "^there is no client 'no-such-client'"),
    ],
)
def test_what_cannot_be_played_is_told(deadair_play: Play, calls: Path, scenario: Any, words: str):
    given = str(calls.parent / scenario) if isinstance(scenario, str) and "\n" not in scenario else scenario

    with pytest.raises(DeadairError, match=words):
        deadair_play(given)


def test_all_mistakes_are_told_at_once(deadair_play: Play):
    with pytest.raises(LoadError) as raised:
        deadair_play({**CALL, "provider": "deepgramm", "clock": "fast"})

    assert len(raised.value.mistakes) == 2


def test_what_needs_the_real_clock_skips_the_test_on_the_virtual_one(deadair_play: Play, calls: Path):
    with pytest.raises(pytest.skip.Exception, match="the scenario says 'clock: real'"):
        deadair_play(f"{calls}::on the real clock")


def test_a_clock_that_the_test_asks_for_and_cannot_have_is_an_error(deadair_play: Play, calls: Path):
    with pytest.raises(DeadairError, match=r"calls.yaml:9: the scenario says 'clock: real'"):
        deadair_play(f"{calls}::on the real clock", clock="virtual")


async def test_it_does_not_hold_the_loop_of_a_test(deadair_play: Play):
    with pytest.raises(DeadairError, match="use it in a plain 'def' test"):
        deadair_play(CALL)
