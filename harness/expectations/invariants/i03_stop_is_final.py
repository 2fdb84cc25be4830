"""I3: after an explicit disconnect there is no new connection, from any state, ever."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    if story.stop is None:
        return not_applicable("nobody called disconnect()")
    later = [attempt for attempt in story.attempts if attempt.began_index > story.stop_index]
    if not later:
        return kept("no attempt after disconnect()", at_us=story.stop.at_us)
    first = later[0]
    more = f", and {len(later) - 1} more" if len(later) > 1 else ""
    return broken(
        f"attempt {first.connection} began at {moment(first.began.at_us)}, after disconnect() was called at "
        f"{moment(story.stop.at_us)}{more}",
        at_us=first.began.at_us,
        expected=count(0, "attempt"),
        got=[attempt.began.at_us for attempt in later],
        connections=tuple(attempt.connection for attempt in later),
    )


INVARIANT = Invariant(
    number="I3",
    rule="After an explicit disconnect there is no new connection, from any state, ever.",
    why="A client that dials again after its call is over talks to nobody, and is billed for days.",
    check=check,
)
