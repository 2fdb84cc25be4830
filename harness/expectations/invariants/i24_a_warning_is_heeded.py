"""I24: when the server warns that it will end the connection, the client moves before it does, once."""

from __future__ import annotations

from itertools import pairwise

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits
from harness.trace.query import Attempt, find

__all__ = ["INVARIANT"]

REASONS_TO_LEAVE = ("server.goAway", "server.error", "error")
"""Beside faults: what makes it no whim to leave a connection that has just been opened."""


def check(story: Story, limits: Limits) -> Ruling:
    if not story.reconnects:
        return not_applicable("this client has no reconnect layer, by design")
    warnings = [event for event in find(story.trace, "server.goAway") if story.place(event) < story.stop_index]
    if not warnings:
        return not_applicable("the server did not warn")
    decided = ""
    for warning in warnings:
        old = next((a for a in story.attempts if a.connection == warning.connection), None)
        left_us = _time_left_us(warning.fields.get("timeLeft"))
        if old is None or left_us is None or left_us < limits.warned_before_us or story.muffled(warning.at_us):
            continue
        cut_us = warning.at_us + left_us
        new = next((a for a in story.attempts if a.began_index > story.place(warning)), None)
        moved_us = new.began.at_us if new is not None else None
        if _was_cut_early(old, cut_us) and (moved_us is None or moved_us >= (old.ended_us or 0)):
            # By the server, or by something else: the client still had its time.
            continue
        if (moved_us is not None and moved_us > cut_us) or (moved_us is None and story.lasted_to(cut_us)):
            how = "did not move" if moved_us is None else f"moved only at {moment(moved_us)}"
            return broken(
                f"the server warned at {moment(warning.at_us)} that it would end the connection in {lasting(left_us)}, and the "
                f"client {how}",
                at_us=warning.at_us,
                expected={"before_us": cut_us},
                got=moved_us,
                connections=(old.connection,),
            )
        again = _moved_again(story, story.place(warning), cut_us)
        if again is not None:
            first, second = again
            return broken(
                f"the server warned once, at {moment(warning.at_us)}, and the client moved twice: connection {first.connection} was "
                f"well when connection {second.connection} was dialled at {moment(second.began.at_us)}",
                at_us=second.began.at_us,
                expected={"moves": 1},
                got={"moves": 2},
                connections=(old.connection, first.connection, second.connection),
            )
        if moved_us is not None:
            decided = f"warned at {moment(warning.at_us)}, the client moved at {moment(moved_us)}"
    return kept(decided) if decided else undecided("the run was over before the announced end")


def _moved_again(story: Story, warned: int, cut_us: int) -> tuple[Attempt, Attempt] | None:
    """The connection that the client had moved to and the next one, if it left the first in the time that the warning gave,
    for no reason: nothing was wrong, nothing was ended by others, and nobody was told anything more."""
    moved = [attempt for attempt in story.attempts if attempt.began_index > warned and attempt.began.at_us < cut_us]
    for first, second in pairwise(moved):
        if first.ready is None or first.ready.at_us > second.began.at_us or second.began_index > story.stop_index:
            continue
        if first.end is not None and first.end.fields.get("by") != "client":
            continue
        between = story.trace.events[warned + 1 : second.began_index]
        if not any(event.owner == "fault" or event.kind in REASONS_TO_LEAVE for event in between):
            return first, second
    return None


def _was_cut_early(old: Attempt, cut_us: int) -> bool:
    return old.end is not None and old.end.at_us < cut_us and old.end.fields.get("by") != "client"


def _time_left_us(told: object) -> int | None:
    """`"9.5s"`, as protobuf writes durations in JSON."""
    if not isinstance(told, str) or not told.endswith("s"):
        return None
    try:
        return round(float(told[:-1]) * 1e6)
    except ValueError:
        return None


INVARIANT = Invariant(
    number="I24",
    rule="When the server warns that the connection will end, the client moves to a new one before that, once.",
    why="The cut comes in the middle of a sentence, and it was announced.",
    check=check,
    timed=True,
)
