"""When to reconnect: stories told to the pure decisions, and the waits that come out."""

from __future__ import annotations

import itertools

import pytest

from providers.reconnect import (
    MOVES,
    Cause,
    Decision,
    GiveUp,
    Happening,
    Held,
    Limited,
    Lost,
    Nothing,
    Open,
    Opened,
    Permanent,
    Phase,
    Policy,
    Recovered,
    Refused,
    Standing,
    Transient,
    Useful,
    Verdict,
    Wait,
    Waited,
    decide,
    delays,
)  # fmt: skip

POLICY = Policy()
CUT = Cause(says="cut")
DOWN = Cause(says="refused")


def lost(at_s: float, verdict: Verdict | None = None) -> Lost:
    return Lost(at_s=at_s, cause=CUT, verdict=verdict or Transient())


def refused(at_s: float = 0.0, verdict: Verdict | None = None) -> Refused:
    return Refused(at_s=at_s, cause=DOWN, verdict=verdict or Transient())


def play(*story: Happening, standing: Standing | None = None) -> list[Decision]:
    standing = standing or Standing()
    decisions = []
    for happened in story:
        standing, decision = decide(standing, happened, POLICY)
        decisions.append(decision)
    return decisions


def waits(decisions: list[Decision]) -> list[float]:
    return [decision.sleep_s for decision in decisions if isinstance(decision, Wait)]


def test_the_schedule_is_1_2_4_8_16_seconds():
    assert delays(POLICY) == (1.0, 2.0, 4.0, 8.0, 16.0)


def test_a_lost_connection_waits_one_second_before_the_first_attempt():
    assert play(Opened(at_s=0), lost(100.0)) == [Nothing(), Wait(attempt=1, backoff_s=1.0)]


def test_each_attempt_that_fails_waits_twice_as_long_as_the_one_before():
    story = play(lost(0.0), Waited(), refused(), Waited(), refused(), Waited(), refused(), Waited(), refused())

    assert waits(story) == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_fifth_failure_gives_up_with_the_last_cause():
    story = play(lost(0.0), *itertools.chain.from_iterable((Waited(), refused()) for _ in range(5)))

    assert story[-1] == GiveUp(attempts=5, cause=DOWN)


def test_an_attempt_that_succeeds_tells_how_many_were_needed():
    story = play(lost(0.0), Waited(), refused(), Waited(), Opened(at_s=3.0))

    assert story[-1] == Recovered(attempts=2)


def test_a_server_that_accepts_and_hangs_up_at_once_is_not_called_forever():
    rounds = [(Waited(), Opened(at_s=n), lost(n + 0.2)) for n in range(10, 60, 10)]

    story = play(lost(0.0), *itertools.chain.from_iterable(rounds))

    assert waits(story) == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert story[-1] == GiveUp(attempts=5, cause=CUT)


def test_a_connection_that_lived_and_was_of_use_starts_the_schedule_anew():
    story = play(lost(0.0), Waited(), refused(), Waited(), Opened(at_s=10.0), Useful(), lost(15.0))

    assert story[-1] == Wait(attempt=1, backoff_s=1.0)


def test_five_seconds_of_life_without_use_prove_nothing():
    story = play(lost(0.0), Waited(), Opened(at_s=10.0), lost(15.0))

    assert story[-1] == Wait(attempt=2, backoff_s=2.0)


def test_use_without_five_seconds_of_life_proves_nothing():
    story = play(lost(0.0), Waited(), Opened(at_s=10.0), Useful(), lost(14.9))

    assert story[-1] == Wait(attempt=2, backoff_s=2.0)


def test_a_silent_caller_does_not_use_up_the_attempts_over_a_long_call():
    hours = [(Opened(at_s=n * 3600.0), lost(n * 3600.0 + 3599), Waited()) for n in range(40)]

    story = play(lost(0.0), Waited(), *itertools.chain.from_iterable(hours))

    assert set(waits(story)) == {1.0}


def test_a_rate_limit_is_waited_for_when_it_is_longer_than_the_schedule():
    story = play(lost(0.0), Waited(), refused(1.0, Limited(20.0)))

    assert story[-1] == Wait(attempt=1, backoff_s=1.0, limit_s=20.0)
    assert waits(story)[-1] == 20.0


def test_the_schedule_is_waited_for_when_it_is_longer_than_a_rate_limit():
    story = play(lost(0.0), Waited(), refused(), Waited(), refused(), Waited(), refused(7.0, Limited(0.5)))

    assert waits(story)[-1] == 4.0


def test_attempts_that_a_rate_limit_turned_away_are_not_used_up():
    limited = [(refused(0.0, Limited(3.0)), Waited()) for _ in range(POLICY.excused_max)]

    story = play(lost(0.0), Waited(), *itertools.chain.from_iterable(limited), Opened(at_s=20.0))

    assert story[-1] == Recovered(attempts=1)


def test_a_rate_limit_without_end_is_given_up_in_the_end():
    limited = [(refused(0.0, Limited(3.0)), Waited()) for _ in range(POLICY.excused_max + 4)]

    story = play(lost(0.0), Waited(), *itertools.chain.from_iterable(limited), refused(0.0, Limited(3.0)))

    assert story[-1] == GiveUp(attempts=5, cause=DOWN)


def test_a_limit_told_within_the_session_holds_for_the_next_attempt():
    story = play(Opened(at_s=0.0), Held(until_s=40.0), lost(10.0))

    assert story[-1] == Wait(attempt=1, backoff_s=1.0, limit_s=30.0)


def test_nobody_waits_for_a_server_that_asks_for_days():
    story = play(lost(0.0), Waited(), refused(0.0, Limited(86_400.0)))

    assert isinstance(story[-1], GiveUp)


def test_a_permanent_refusal_of_an_attempt_gives_up_at_once():
    story = play(lost(0.0), Waited(), refused(1.0, Permanent()))

    assert story[-1] == GiveUp(attempts=1, cause=DOWN)


def test_a_permanent_loss_of_a_proved_connection_is_tried_once():
    story = play(
        Opened(at_s=0.0), Useful(), lost(60.0, Permanent()), Waited(), Opened(at_s=61.0), lost(61.3, Permanent())
    )

    assert waits(story) == [1.0]
    assert story[-1] == GiveUp(attempts=1, cause=CUT)


def test_a_permanent_loss_of_an_unproved_connection_gives_up_without_an_attempt():
    assert play(Opened(at_s=0.0), lost(0.3, Permanent()))[-1] == GiveUp(attempts=0, cause=CUT)


EVERY_HAPPENING: tuple[Happening, ...] = (Opened(at_s=0.0), Useful(), lost(0.0), Waited(), refused(), Held(until_s=1.0))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("happened", EVERY_HAPPENING, ids=lambda happened: type(happened).__name__)
def test_every_move_in_the_table_leads_where_it_says_and_no_other_is_made(phase, happened):
    standing = Standing(phase=phase)
    allowed = MOVES.get((phase, type(happened)))

    if allowed is None:
        with pytest.raises(AssertionError, match=phase.value):
            decide(standing, happened, POLICY)
        return
    assert decide(standing, happened, POLICY)[0].phase in allowed


def test_after_waiting_the_attempt_is_made():
    assert play(lost(0.0), Waited())[-1] == Open()
