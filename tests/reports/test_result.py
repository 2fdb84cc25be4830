from __future__ import annotations

import pytest

from harness.expectations import Verdict
from harness.reports import CaseResult, RunResult, exit_code, judged, overall
from tests.support.results import WAITS, cut_off, failed, passed, result_of, three_waits
from tests.support.traces import case


def flaky() -> CaseResult:
    return result_of(passed().runs[0], failed().runs[0], asked=case(backoff=WAITS), times=2)


@pytest.mark.parametrize(
    ("results", "verdict", "code"),
    [
        ([passed()], Verdict.PASS, 0),
        ([passed(), failed()], Verdict.FAIL, 1),
        ([passed(), cut_off()], Verdict.INCONCLUSIVE, 3),
        ([cut_off(), failed()], Verdict.FAIL, 1),
        ([flaky()], Verdict.FAIL, 1),
        ([], Verdict.INCONCLUSIVE, 3),
    ],
)
def test_a_pack_is_as_good_as_its_worst_case(results: list[CaseResult], verdict: Verdict, code: int) -> None:
    assert overall(results) is verdict
    assert exit_code(results) == code


def test_a_run_that_was_broken_off_is_inconclusive_and_says_why() -> None:
    run = judged(None, "the client never let go of the event loop")

    assert run.verdict is Verdict.INCONCLUSIVE
    assert run.judgement.reasons[0].sentence == "the run broke off: the client never let go of the event loop"


def test_a_run_knows_how_it_was_played() -> None:
    run = judged(three_waits(case()).ends())

    assert (run.seed, run.clock, run.proxy, run.lasted_us) == (42, "virtual", "embedded", 9_500_000)


def test_half_a_run_lasted_as_long_as_it_was_written_down() -> None:
    assert cut_off().runs[0].lasted_us == 7_500_000


def test_a_flaky_case_is_told_by_the_run_that_failed() -> None:
    assert flaky().told_run.verdict is Verdict.FAIL


def test_the_command_to_play_it_again_can_be_pasted_into_a_shell() -> None:
    assert failed().rerun == "deadair run 'calls.yaml::a call that waits too long[wait=5s]' --seed 42 --clock virtual"


def test_a_run_that_never_began_is_played_again_without_seed_or_clock() -> None:
    result = result_of(RunResult(judgement=judged(None, "x").judgement), asked=case(), case_id="a.yaml::b")

    assert result.rerun == "deadair run a.yaml::b"
