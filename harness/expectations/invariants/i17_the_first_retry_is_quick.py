"""I17: after the loss of a healthy connection the first attempt starts within a second."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Drop, Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    if not story.reconnects:
        return not_applicable("this client has no reconnect layer, by design")
    healthy = [drop for drop in story.drops if _was_healthy(story, drop, limits)]
    slowest, slowest_us = None, -1
    for drop in healthy:
        if drop.again is not None and drop.again.began.at_us - drop.at_us > slowest_us:
            slowest, slowest_us = drop, drop.again.began.at_us - drop.at_us
    if slowest is None:
        return not_applicable("no healthy connection was lost and dialled again")
    if slowest_us > limits.first_retry_within_us:
        return broken(
            f"the healthy connection {slowest.lost.connection} was lost at {moment(slowest.at_us)}, and the first attempt came "
            f"{lasting(slowest_us)} later",
            at_us=slowest.at_us,
            expected={"within_us": limits.first_retry_within_us},
            got={"within_us": slowest_us},
            connections=(slowest.lost.connection,),
        )
    return kept(f"the first attempt came {lasting(slowest_us)} after the loss, at worst")


def _was_healthy(story: Story, drop: Drop, limits: Limits) -> bool:
    """Had proved itself, was lost in a way that the client could see, and nobody had asked it to wait."""
    if not (_is_the_first(story, drop, limits) or story.had_proved_itself(drop, limits)) or story.muffled(drop.at_us):
        return False
    told = [event for _, event in story.told if event.kind == "connection.reconnecting" and event.at_us >= drop.at_us]
    asked_to_wait = any(fired.fault.do.kind in ("rate_limited", "quota") for fired in story.fired)
    return not asked_to_wait and not (told and told[0].fields.get("rate_limit_wait"))


def _is_the_first(story: Story, drop: Drop, limits: Limits) -> bool:
    """The first connection of a run has no outage before it that its loss could go on with."""
    ready = drop.lost.ready
    return drop.lost is story.attempts[0] and ready is not None and drop.at_us - ready.at_us >= limits.stable_after_us


INVARIANT = Invariant(
    number="I17",
    rule="After the loss of a healthy connection the first attempt starts within a second.",
    why="Four seconds of deafness for each blip, and the caller says hello again, and again.",
    check=check,
    timed=True,
)
