"""I10: a refusal that names a time (429, 503 with Retry-After) is obeyed, and is no end."""

from __future__ import annotations

from harness.expectations.backoff import waits
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    hinted = [wait for wait in waits(story.trace) if wait.retry_after_us]
    if not hinted:
        return not_applicable("no refusal named a time to wait, or no attempt followed it")
    for wait in hinted:
        asked_us = wait.retry_after_us or 0
        if wait.lasted_us < asked_us - limits.retry_after_grace_us:
            return broken(
                f"the server asked for {lasting(asked_us)}, and the next attempt came after {lasting(wait.lasted_us)}, "
                f"at {moment(wait.next_us)}",
                at_us=wait.next_us,
                expected=asked_us,
                got=wait.lasted_us,
            )
    return kept(f"waited as long as the server asked, {count(len(hinted), 'time')}")


INVARIANT = Invariant(
    number="I10",
    rule="A refusal that says when to come back (429, 503 with Retry-After) is obeyed.",
    why="Hitting back before the time prolongs the ban, for this call and for everybody else's.",
    check=check,
    timed=True,
)
