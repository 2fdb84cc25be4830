"""Playing again: who is accused is asked three times, and nobody else is."""

from __future__ import annotations

from harness.scoreboard.again import to_play_again
from tests.support.scoreboards import CLEAN_CLOSE, DROP, client, entry, run


def test_a_client_that_broke_nothing_is_not_played_again() -> None:
    assert to_play_again(entry(run(kept="I1"), run(DROP, not_applicable="I1"))) == ()


def test_a_case_that_broke_a_rule_is_played_again() -> None:
    assert to_play_again(entry(run(broken="I1"))) == (CLEAN_CLOSE,)


def test_a_case_that_broke_a_rule_three_times_is_not_played_again() -> None:
    assert to_play_again(entry(*(run(broken="I1", seed=seed) for seed in range(3)))) == ()


def test_one_case_answers_for_all_rules_that_it_breaks() -> None:
    told = entry(run(broken="I1", classes=()), run(DROP, broken="I1 I5", classes=()))

    assert to_play_again(told) == (DROP,)


def test_each_class_of_incidents_is_asked_for_itself() -> None:
    told = entry(run(broken="I5"), run(DROP, broken="I5", classes=("F04",)))

    assert to_play_again(told) == (CLEAN_CLOSE, DROP)


def test_after_a_case_that_did_not_show_it_again_another_one_is_asked() -> None:
    refuted = (run(broken="I1", classes=()), run(kept="I1", classes=(), seed=1))

    assert to_play_again(entry(*refuted, run(DROP, broken="I1", classes=()))) == (DROP,)


def test_after_three_cases_that_did_not_show_it_again_nobody_is_asked() -> None:
    refuted = [
        played
        for number in range(3)
        for played in (
            run(f"calls.yaml::{number}", broken="I1", classes=()),
            run(f"calls.yaml::{number}", kept="I1", classes=(), seed=1),
        )
    ]

    assert to_play_again(entry(*refuted, run(DROP, broken="I1", classes=()))) == ()


def test_a_call_that_went_otherwise_than_asked_is_asked_about_as_well() -> None:
    assert to_play_again(entry(run(missed="wire.attempt came twice"))) == (CLEAN_CLOSE,)


def test_a_lost_call_is_asked_about_as_well() -> None:
    assert to_play_again(entry(run(lost="it ended in failed"))) == (CLEAN_CLOSE,)


def test_a_call_that_ends_by_design_is_not_asked_about() -> None:
    assert to_play_again(entry(run(lost="it ended"), who=client(reconnects=False))) == ()


def test_a_run_in_doubt_is_made_up_for() -> None:
    two = (run(broken="I1", seed=0), run(broken="I1", seed=1))

    assert to_play_again(entry(*two, run(doubt="interrupted", seed=2))) == (CLEAN_CLOSE,)
