"""Jitter: whether clients that lose their connections at one moment come back at different ones. It takes a set of runs."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from harness.expectations.invariants.ruling import Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting
from harness.scenario.limits import Limits

__all__ = ["jitter"]


def jitter(stories: Iterable[Story], limits: Limits | None = None) -> Ruling:
    """What the first delays of many runs, each of its own seed, say of I11's other half.

    The runs should be of one case in which a healthy connection is lost. A client without jitter by contract (deadair's own
    have none) is told as what it is, and is not applicable: nobody promised any.
    """
    bounds = limits or Limits()
    told = list(stories)
    delays_us = sorted(delay for story in told if (delay := _first_delay_us(story)) is not None)
    if len(delays_us) < bounds.jitter_runs_min:
        return undecided(f"{count(len(delays_us), 'run')} with a first delay, and it takes {bounds.jitter_runs_min}")
    shortest_us, longest_us, usual_us = delays_us[0], delays_us[-1], median(delays_us)
    # Without the outermost tenths: one late timer in two hundred runs is no jitter.
    tenth = len(delays_us) // 10
    spread_us = delays_us[-1 - tenth] - delays_us[tenth]
    if spread_us >= bounds.jitter_share_min * usual_us and spread_us > 0:
        return kept(
            f"first delays from {lasting(shortest_us)} to {lasting(longest_us)} in {count(len(delays_us), 'run')}"
        )
    sentence = (
        f"the first delay is {lasting(round(usual_us))} in each of {count(len(delays_us), 'run')}, without jitter"
    )
    if all(story.case.client is None for story in told):
        return not_applicable(f"{sentence}, by contract")
    return broken(sentence, expected={"spread": bounds.jitter_share_min}, got={"spread_us": spread_us})


def _first_delay_us(story: Story) -> int | None:
    """From the first loss to the attempt behind it; None where there is none."""
    drop = next((drop for drop in story.drops if drop.again is not None), None)
    return drop.again.began.at_us - drop.at_us if drop is not None and drop.again is not None else None
