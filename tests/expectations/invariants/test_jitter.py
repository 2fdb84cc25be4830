from __future__ import annotations

from random import Random

from harness.expectations.invariants import Said, Story, jitter
from harness.scenario.model import Case
from tests.support.traces import TraceBuilder, case

THEIRS = case().model_copy(update={"client": "python:calls:make"})


def runs(*delays_s: float, of: Case = THEIRS) -> list[Story]:
    """A run for each delay from the loss to the first retry."""
    traces = [
        TraceBuilder(of).connects().at(6).saw("wire.reset", 1, by="proxy").at(6 + delay_s).connects(2).ends()
        for delay_s in delays_s
    ]
    return [Story(trace, of) for trace in traces]


def test_delays_that_spread_over_two_hundred_seeds_keep_it() -> None:
    chance = Random("two hundred clients")

    ruling = jitter(runs(*(chance.uniform(0.4, 0.8) for _ in range(200))))

    assert ruling.said is Said.KEPT


def test_one_delay_for_all_breaks_it() -> None:
    ruling = jitter(runs(*(2.0 for _ in range(200))))

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the first delay is 2 s in each of 200 runs, without jitter"


def test_a_late_timer_now_and_then_is_no_jitter() -> None:
    assert jitter(runs(*[2.0] * 195, *[2.6] * 5)).said is Said.BROKEN


def test_deadairs_own_clients_have_none_by_contract() -> None:
    ruling = jitter(runs(*(1.0 for _ in range(200)), of=case()))

    assert ruling.said is Said.NOT_APPLICABLE
    assert ruling.sentence.endswith("without jitter, by contract")


def test_a_few_runs_say_nothing() -> None:
    assert jitter(runs(1.0, 1.0, 1.0)).said is Said.UNDECIDED
