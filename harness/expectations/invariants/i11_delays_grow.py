"""I11: delays grow. (That they carry jitter shows in many runs only, and is asked of a set of them: `jitter`.)"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.expectations.backoff import Wait, waits
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]

WAITS_MIN = 4
"""An immediate first retry, and three waits behind it, are the fewest that can be told from jitter."""

SAME_WITHIN_US = 20_000
"""Waits that differ by less are the same: the host's timers are late by so much."""


def check(story: Story, limits: Limits) -> Ruling:
    longest = max(_ladders(story), key=len, default=())
    if len(longest) < WAITS_MIN:
        return not_applicable(f"no outage had {WAITS_MIN} waits in a row")
    # Compared with the shortest, and not with the first: full jitter (0 to a growing bound) draws a long wait before a
    # short one often enough, and what it does not do is draw the same one again and again.
    lasted = [wait.lasted_us for wait in longest]
    shortest_us, longest_us = min(lasted[1:]), max(lasted[1:])
    if longest_us <= max(shortest_us * limits.flat_growth, shortest_us + SAME_WITHIN_US):
        return broken(
            f"{count(len(longest), 'wait')} in a row, and they did not grow: {', '.join(lasting(us) for us in lasted[:6])}",
            at_us=longest[-1].next_us,
            expected={"growth": limits.flat_growth},
            got={"waits_us": lasted},
        )
    return kept(
        f"{count(len(longest), 'wait')} that grew to {lasting(max(lasted))}, the last at {moment(longest[-1].next_us)}"
    )


def _ladders(story: Story) -> Iterator[tuple[Wait, ...]]:
    """Waits in a row of one outage, by the client's own choice: a refusal that named a time is no choice."""
    mended = [a.began.at_us for a in story.attempts if a.ready is not None]
    ladder: list[Wait] = []
    for wait, following in pairwise([*waits(story.trace), None]):
        if wait is None or wait.retry_after_us:
            yield tuple(ladder)
            ladder = []
            continue
        ladder.append(wait)
        if following is None or wait.next_us in mended:
            yield tuple(ladder)
            ladder = []


INVARIANT = Invariant(
    number="I11",
    rule="From one failed attempt to the next the delays grow.",
    why="Clients that come back at the same pace come back together: the storm keeps the provider down.",
    check=check,
)
