"""Comparing two versions: what is claimed, what is not, and what closes the gate."""

from __future__ import annotations

import random

from harness.regression.change import Weight
from harness.regression.drift import Drift, drift, exit_code
from harness.regression.gate import Standing
from harness.regression.profile import Profile, Seen
from harness.regression.shape import broken_shape
from harness.regression.words import causes, headline, time_said, yardstick_said
from tests.support.regressions import CUT, case, run, scattered, shape, side

STEADY = [300 + number % 5 for number in range(20)]
BUSY = [700 + number % 5 for number in range(20)]

GIVES_UP = shape(order=(*CUT, "connection.failed"))


def of(base: Profile, new: Profile) -> Drift:
    return drift(side(base), side(new))


def real(*runs: Seen) -> Profile:
    return case(*runs, clock="real")


def timed(base_ms: float, new_ms: float, *, now: list[int] = STEADY, times: int = 20) -> Drift:
    base = side(real(*scattered("outage", base_ms, times=times)), yardstick_us=STEADY)
    return drift(base, side(real(*scattered("outage", new_ms, times=times)), yardstick_us=now))


# ── the virtual clock ────────────────────────────────────────────────────────


def test_a_version_compared_with_itself_closes_no_gate() -> None:
    same = of(case(), case())

    assert exit_code(same) == 0
    assert headline(same) == "no regression in 1 case, and nothing changed"


def test_a_regression_is_told_in_one_sentence() -> None:
    longer = shape(waits_s=(1.5,))
    names = [f"calls.yaml::call {number}" for number in range(3)]
    base = side(*(case(case_id=name) for name in names))

    told = drift(base, side(*(case(run(longer), case_id=name) for name in names)))

    assert headline(told) == "3 worse, of 3 cases: the 1st wait took 1 s, and now 1.5 s (in 3 cases)"
    assert exit_code(told) == 1


def test_behaviour_is_named_before_the_verdict_that_it_led_to() -> None:
    told = of(case(), case(run(shape(fails="backoff", waits_s=(1.5,)))))

    assert causes(told)[0] == ("the 1st wait took 1 s, and now 1.5 s", 1)


def test_another_order_closes_the_gate() -> None:
    assert exit_code(of(case(), case(run(GIVES_UP)))) == 1


def test_an_improvement_is_told_and_opens_the_gate() -> None:
    told = of(case(run(shape(fails="backoff", waits_s=(2,)))), case())

    assert [each.weight for each in told.cases] == [Weight.BETTER]
    assert exit_code(told) == 0


def test_what_comes_with_a_better_verdict_is_no_regression() -> None:
    assert exit_code(of(case(run(shape(fails="order", order=CUT))), case())) == 0


def test_seeds_are_compared_with_their_like() -> None:
    slow = shape(waits_s=(2,))

    assert exit_code(of(case(run(seed=1), run(slow, seed=2)), case(run(seed=1), run(slow, seed=2)))) == 0


def test_a_change_in_one_seed_of_three_is_told_with_how_many() -> None:
    base = case(*(run(seed=seed) for seed in range(3)))
    new = case(run(seed=0), run(shape(waits_s=(2,)), seed=1), run(seed=2))

    assert of(base, new).cases[0].changes[0].sentence.endswith("(1 of 3 seeds)")


def test_without_a_common_seed_nothing_can_be_said() -> None:
    assert exit_code(of(case(run(seed=1)), case(run(seed=2)))) == 3


def test_where_the_scenario_was_changed_only_the_verdict_counts() -> None:
    assert exit_code(of(case(asks="a"), case(run(GIVES_UP), asks="b"))) == 0
    assert exit_code(of(case(asks="a"), case(run(shape(fails="audio")), asks="b"))) == 1


def test_what_became_inconclusive_cannot_be_said() -> None:
    assert exit_code(of(case(), case(run(broken_shape("the host was slow"))))) == 3


def test_cases_of_one_side_only_are_told_and_harm_nothing() -> None:
    told = drift(side(case(), case(case_id="a.yaml::old")), side(case(), case(case_id="a.yaml::young")))

    assert (told.gone, told.added) == (("a.yaml::old",), ("a.yaml::young",))
    assert exit_code(told) == 0


def test_two_versions_without_a_common_case_cannot_be_compared() -> None:
    assert exit_code(drift(side(case(case_id="a.yaml::old")), side(case()))) == 3


def test_a_base_without_any_case_is_a_beginning() -> None:
    assert exit_code(drift(side(), side(case()))) == 0


def test_the_same_case_on_another_clock_is_not_compared() -> None:
    assert drift(side(case()), side(real(run()))).compared == 0


# ── a client that draws its waits by chance, on the virtual clock ────────────


def jittered(seed: int, *, longest_s: float = 1.0) -> Profile:
    """Twenty seeds; each wait is 75 % to 100 % of the longest."""
    chance = random.Random(seed)
    return case(*(run(shape(waits_s=(chance.uniform(0.75, 1) * longest_s,)), seed=number) for number in range(20)))


def test_other_draws_of_the_same_jitter_are_no_regression() -> None:
    told = of(jittered(1), jittered(2))

    assert exit_code(told) == 0
    assert [each.weight for each in told.cases] == [Weight.NOTED]


def test_waits_that_are_longer_in_all_draws_are() -> None:
    told = of(jittered(1), jittered(2, longest_s=1.5))

    assert exit_code(told) == 1
    assert told.cases[0].changes[0].sentence.startswith("waits took")


def test_a_client_that_no_longer_draws_its_waits_is_different() -> None:
    assert exit_code(of(jittered(1), case(*(run(seed=number) for number in range(20))))) == 1


# ── the real clock ───────────────────────────────────────────────────────────


def test_a_slowdown_of_ten_percent_is_told() -> None:
    told = timed(1000, 1100)

    assert exit_code(told) == 1
    assert told.cases[0].changes[0].sentence.startswith("outage took 999.8 ms, and now 1.1 s")


def test_a_speedup_is_better() -> None:
    assert [each.weight for each in timed(1000, 900).cases] == [Weight.BETTER]


def test_less_than_five_percent_is_never_claimed() -> None:
    assert timed(1000, 1040).cases == ()


def test_less_than_two_milliseconds_is_never_claimed() -> None:
    assert timed(10, 11.9).cases == ()


def test_where_nothing_is_claimed_the_smallest_slowdown_that_would_have_been_is_told() -> None:
    assert time_said(timed(1000, 1000).timed[0]) == "~, would have seen 50 ms (5 %)"


def test_with_too_few_samples_nothing_is_claimed() -> None:
    told = timed(1000, 2000, times=19)

    assert told.cases == ()
    assert time_said(told.timed[0]) == "~, 19 samples of the 20 that it takes"


def test_where_the_yardstick_moved_as_well_the_claim_is_withdrawn() -> None:
    told = timed(1000, 1100, now=BUSY)

    assert told.timed[0].measured.standing is Standing.WITHDRAWN
    assert exit_code(told) == 3


def test_without_a_yardstick_no_time_is_called_slower() -> None:
    told = timed(1000, 1100, now=[])

    assert exit_code(told) == 3
    assert yardstick_said(told.yardstick) == "no yardstick was measured, so no time is called slower or faster"


def test_a_speedup_that_is_withdrawn_harms_nothing() -> None:
    assert exit_code(timed(1100, 1000, now=BUSY)) == 0


def test_a_yardstick_that_stayed_is_told_beside_the_times() -> None:
    assert yardstick_said(timed(1000, 1000).yardstick).endswith("the host was the same")


def test_a_case_that_always_passed_and_now_always_fails_is_worse_even_once() -> None:
    assert exit_code(of(real(run()), real(run(shape(fails="audio"))))) == 1


def test_one_failure_in_twenty_is_what_chance_does() -> None:
    told = of(real(*[run()] * 20), real(*[run()] * 19, run(shape(fails="audio"))))

    assert exit_code(told) == 0
    assert told.cases[0].changes[0].sentence.startswith("~ passed 20 of 20 times, and now 19 of 20")


def test_ten_failures_in_twenty_are_not_what_chance_does() -> None:
    assert exit_code(of(real(*[run()] * 20), real(*[run()] * 10, *[run(shape(fails="audio"))] * 10))) == 1


def test_another_order_in_one_run_is_not_claimed_on_the_real_clock() -> None:
    assert exit_code(of(real(run()), real(run(GIVES_UP)))) == 0


def test_another_order_in_every_one_of_many_runs_is_claimed() -> None:
    assert exit_code(of(real(*[run()] * 20), real(*[run(GIVES_UP)] * 20))) == 1


def test_orders_that_are_never_twice_the_same_are_not_claimed() -> None:
    def racing(side_of: str) -> Profile:
        return real(*(run(shape(order=(f"{side_of} {number}",))) for number in range(20)))

    assert exit_code(of(racing("base"), racing("new"))) == 0
