"""I13: the attempt counter is reset by a connection that has proved itself, and not by a handshake."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]


SLOWER = 2
"""How many times the pace of the first half is the pace of the second, in a row of connections that slows down."""


def check(story: Story, limits: Limits) -> Ruling:
    lost = {drop.lost.connection for drop in story.drops}
    row: list[Attempt] = []
    longest: list[Attempt] = []
    for attempt in story.attempts:
        died_young = attempt.connection in lost and not _proved(attempt, limits) and not story.was_of_use(attempt)
        row = [*row, attempt] if died_young else []
        longest = max(longest, row, key=len)
    if len(longest) < 2:
        return not_applicable("no two connections in a row died young")
    if len(longest) > limits.flaps_max and not _slows_down(longest):
        first, last = longest[0], longest[-1]
        return broken(
            f"{count(len(longest), 'connection')} in a row died young, in {lasting(last.began.at_us - first.began.at_us)}, and "
            f"the client still goes on at {moment(last.began.at_us)}",
            at_us=longest[limits.flaps_max].began.at_us,
            expected={"connections": limits.flaps_max},
            got={"connections": len(longest)},
            connections=tuple(attempt.connection for attempt in longest),
        )
    return kept(f"{count(len(longest), 'connection')} in a row died young, and that came to an end, or slowed down")


def _slows_down(row: list[Attempt]) -> bool:
    """Whether the client takes more and more time between them: one that never gives up counts, too. Medians, since
    jitter makes single gaps say little."""
    gaps = [after.began.at_us - before.began.at_us for before, after in pairwise(row)]
    half = len(gaps) // 2
    return median(gaps[half:]) >= SLOWER * median(gaps[:half])


def _proved(attempt: Attempt, limits: Limits) -> bool:
    since_us = attempt.ready.at_us if attempt.ready is not None else attempt.opened_us
    if since_us is None:
        return False
    return attempt.ended_us is None or attempt.ended_us - since_us >= limits.stable_after_us


INVARIANT = Invariant(
    number="I13",
    rule="The attempt counter is reset when a connection has proved itself, not by the upgrade, nor by the ready message.",
    why="A server that says ready and hangs up is dialled for ever: the caller hears nothing, and nobody is told.",
    check=check,
)
