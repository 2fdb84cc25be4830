"""I21: `disconnect()` returns in time, in every state."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    stop = story.stop
    if stop is None:
        return not_applicable("nobody called disconnect()")
    returned = story.after(story.stop_index, "run.disconnected", "run.disconnect_failed")
    took_us = (story.ended_us if returned is None else returned.at_us) - stop.at_us
    if took_us > limits.stopped_within_us:
        how = "has not returned" if returned is None else "returned only"
        return broken(
            f"disconnect(), called at {moment(stop.at_us)}, {how} after {lasting(took_us)}",
            at_us=stop.at_us,
            expected={"within_us": limits.stopped_within_us},
            got={"within_us": took_us},
        )
    if returned is None:
        return undecided("the run was over before disconnect() returned")
    return kept(f"disconnect() returned in {lasting(took_us)}", at_us=stop.at_us)


INVARIANT = Invariant(
    number="I21",
    rule="disconnect() returns within three seconds, in every state: connecting, waiting, before a mute peer.",
    why="The next call waits for the last one to be cleared away.",
    check=check,
    timed=True,
)
