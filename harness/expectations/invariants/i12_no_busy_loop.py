"""I12: no busy loop: few attempts in any stretch of time, and no wait of nothing after the first retry."""

from __future__ import annotations

from harness.expectations.backoff import waits
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    tried = story.attempts
    if len(tried) < 2:
        return not_applicable("there was one attempt at most")
    for first, last in zip(tried, tried[limits.attempts_max :], strict=False):
        took_us = last.began.at_us - first.began.at_us
        if took_us <= limits.attempts_within_us:
            return broken(
                f"{count(limits.attempts_max + 1, 'attempt')} in {lasting(took_us)}, the last at "
                f"{moment(last.began.at_us)}",
                at_us=last.began.at_us,
                expected={"attempts": limits.attempts_max, "within_us": limits.attempts_within_us},
                got={"attempts": limits.attempts_max + 1, "within_us": took_us},
                connections=tuple(range(first.connection, last.connection + 1)),
            )
    hasty = [wait for wait in waits(story.trace)[1:] if wait.lasted_us < limits.no_wait_below_us]
    if len(hasty) > 1:
        return broken(
            f"{count(len(hasty), 'attempt')} followed a failure without any wait, the first at {moment(hasty[0].next_us)}",
            at_us=hasty[0].next_us,
            expected={"wait_us": limits.no_wait_below_us},
            got={"waits_us": [wait.lasted_us for wait in hasty]},
        )
    return kept(
        f"{count(len(tried), 'attempt')}, never more than {limits.attempts_max} in {lasting(limits.attempts_within_us)}"
    )


INVARIANT = Invariant(
    number="I12",
    rule="No busy loop: at most ten attempts in any ten seconds, and no retry without a wait after the first.",
    why="A client that hammers burns its own processor, and is banned.",
    check=check,
)
