"""I2: never two live connections for one session."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    opened = [attempt for attempt in story.attempts if attempt.opened_us is not None]
    if len(opened) < 2:
        return not_applicable("there was one connection at most")
    for place, new in enumerate(opened):
        for old in opened[:place]:
            if new.opened_us is None or story.muffled(new.opened_us):
                continue
            until_us = story.ended_us if old.ended_us is None else old.ended_us
            both_us = until_us - new.opened_us
            if both_us > limits.overlap_us:
                return broken(
                    f"connection {new.connection} was opened at {moment(new.opened_us)}, and connection {old.connection} "
                    f"lived on for {lasting(both_us)}",
                    at_us=new.opened_us,
                    expected={"overlap_us": limits.overlap_us},
                    got={"overlap_us": both_us},
                    connections=(old.connection, new.connection),
                )
    return kept(f"{count(len(opened), 'connection')}, one at a time")


INVARIANT = Invariant(
    number="I2",
    rule="A session never has two live connections: the next one is opened when the last one is closed.",
    why="Two connections hear everything twice, are billed twice, and a provider refuses to resume while the old one lives.",
    check=check,
)
