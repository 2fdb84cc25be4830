"""I12: no busy loop: few attempts in any stretch of time, and no wait of nothing after the first retry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

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
    hasty = [(at_us, waited_us) for at_us, waited_us in _retries(story) if waited_us < limits.no_wait_below_us]
    if len(hasty) > 1:
        return broken(
            f"{count(len(hasty), 'attempt')} followed a failure without any wait, the first at {moment(hasty[0][0])}",
            at_us=hasty[0][0],
            expected={"wait_us": limits.no_wait_below_us},
            got={"waits_us": [waited_us for _, waited_us in hasty]},
        )
    return kept(
        f"{count(len(tried), 'attempt')}, never more than {limits.attempts_max} in {lasting(limits.attempts_within_us)}"
    )


def _retries(story: Story) -> Iterator[tuple[int, int]]:
    """When each retry behind a failed attempt began, and how long it had waited. The first retry after the loss of a session
    may come at once, each time; so may the first of the run."""
    for before, after in list(pairwise(story.attempts))[1:]:
        if before.ready is None and before.ended_us is not None:
            yield after.began.at_us, after.began.at_us - before.ended_us


INVARIANT = Invariant(
    number="I12",
    rule="No busy loop: at most ten attempts in any ten seconds, and no retry without a wait after the first.",
    why="A client that hammers burns its own processor, and is banned.",
    check=check,
)
