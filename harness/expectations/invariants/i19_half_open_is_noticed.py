"""I19: a link on which nothing arrives any more is given up in time."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Fired, Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits
from harness.scenario.model import Blackhole, ToxicAction
from harness.trace import Event
from harness.trace.query import is_reaction

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    mute = [fired for fired in story.fired if _leaves_it_half_open(fired)]
    if not mute:
        return not_applicable("no link went mute under a live connection")
    slowest_us = -1
    for fired in mute:
        live = story.open_at(fired.span.from_us)
        if not live:
            continue
        since_us = fired.span.from_us
        reaction = next((e for e in story.trace.events[story.place(fired.span.fired) + 1 :] if is_reaction(e)), None)
        took_us = story.ended_us - since_us if reaction is None else reaction.at_us - since_us
        lasted_us = (story.ended_us if fired.span.to_us is None else fired.span.to_us) - since_us
        if (
            took_us > limits.half_open_within_us
            and min(lasted_us, story.ended_us - since_us) > limits.half_open_within_us
        ):
            return broken(
                f"the link was mute from {moment(since_us)} on, and that was {_how_late(fired, took_us, reaction)}",
                at_us=since_us,
                expected={"within_us": limits.half_open_within_us},
                got=None if reaction is None else {"within_us": took_us},
                connections=live,
            )
        if reaction is not None:
            slowest_us = max(slowest_us, took_us)
    if slowest_us < 0:
        return undecided("the link was mute for a shorter time than a client has to notice it")
    return kept(f"the mute link was noticed in {lasting(slowest_us)}")


def _how_late(fired: Fired, took_us: int, reaction: Event | None) -> str:
    if reaction is None:
        return "never noticed"
    cut_us = fired.span.to_us
    if cut_us is not None and cut_us <= reaction.at_us:
        return f"not noticed before the link was cut, {lasting(cut_us - fired.span.from_us)} later"
    return f"noticed only after {lasting(took_us)}"


def _leaves_it_half_open(fired: Fired) -> bool:
    match fired.fault.do:
        case Blackhole():
            return True
        case ToxicAction(type="timeout", attributes=attributes, stream=stream):
            return not attributes.get("timeout") and stream != "up"
    return False


INVARIANT = Invariant(
    number="I19",
    rule="A half-open link is given up in time, with and without audio going out.",
    why="TCP takes a quarter of an hour to notice, or for ever; until then every word goes into a dead socket.",
    check=check,
    timed=True,
)
