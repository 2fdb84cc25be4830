"""I10: a refusal that names a time (429, 503 with Retry-After) is obeyed, and is no end."""

from __future__ import annotations

from harness.expectations.backoff import waits
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits
from harness.scenario.model import Http

__all__ = ["INVARIANT"]


DATE_RESOLUTION_US = 1_000_000
"""RFC 9110, 5.6.7: an HTTP date has no fractions, so that a client which believes it may come up to a second early."""


def check(story: Story, limits: Limits) -> Ruling:
    hinted = [wait for wait in waits(story.trace) if wait.retry_after_us]
    if not hinted:
        return not_applicable("no refusal named a time to wait, or no attempt followed it")
    grace_us = limits.retry_after_grace_us + (DATE_RESOLUTION_US if _was_told_as_a_date(story) else 0)
    for wait in hinted:
        asked_us = wait.retry_after_us or 0
        if wait.lasted_us < asked_us - grace_us:
            return broken(
                f"the server asked for {lasting(asked_us)}, and the next attempt came after {lasting(wait.lasted_us)}, "
                f"at {moment(wait.next_us)}",
                at_us=wait.next_us,
                expected=asked_us,
                got=wait.lasted_us,
            )
    return kept(f"waited as long as the server asked, {count(len(hinted), 'time')}")


def _was_told_as_a_date(story: Story) -> bool:
    return any(isinstance(fired.fault.do, Http) and fired.fault.do.form == "header-date" for fired in story.fired)


INVARIANT = Invariant(
    number="I10",
    rule="A refusal that says when to come back (429, 503 with Retry-After) is obeyed.",
    why="Hitting back before the time prolongs the ban, for this call and for everybody else's.",
    check=check,
    timed=True,
)
