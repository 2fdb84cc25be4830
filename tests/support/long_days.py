"""Long days: a call of more than a minute with two random schedules of faults in it, and a caller who talks on."""

from __future__ import annotations

from harness.scenario import Case
from harness.scenario.model import End, Expect, Fault, Step
from tests.support.schedules import random_schedule

__all__ = ["long_day"]

SECOND_FROM_US = 30_000_000
LASTS_US = 80_000_000
"""Long enough after the last fault for whole ladders of attempts."""


def long_day(seed: int) -> Case:
    """The same seed gives the same one."""
    first, second = random_schedule(2 * seed), random_schedule(2 * seed + 1)
    return Case(
        id=f"long day {seed}",
        place=f"long-day:{seed}",
        scenario=f"long day {seed}",
        provider=first.provider,
        seed=seed,
        script=tuple(Step(at_us=200_000 + number * 3_000_000, say_us=1_500_000) for number in range(25)),
        faults=(*first.faults, *(_later(fault) for fault in second.faults)),
        expect=Expect(end=End(state="disconnected", by_us=LASTS_US)),
    )


def _later(fault: Fault) -> Fault:
    trigger = fault.trigger
    if trigger.at_us is not None:
        trigger = trigger.model_copy(update={"at_us": trigger.at_us + SECOND_FROM_US})
    return fault.model_copy(update={"id": f"late-{fault.id}", "trigger": trigger})
