"""I5: every outage is visible, and in order: reconnecting for each attempt, then reconnected, or failed."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Drop, Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits
from harness.trace import Event
from harness.trace.query import Attempt, find

__all__ = ["INVARIANT"]

TOLD = ("connection.reconnecting", "connection.reconnected", "connection.failed")

ENDS_IN_WORDS = ("run.connect_failed", "run.send_failed", "run.stream_ended", "run.unhandled")

ARRIVES_WITHIN_US = 50_000
"""A word takes its way from the client to us, through a callback, a queue or a pipe: what it announces may be seen before it."""


def check(story: Story, limits: Limits) -> Ruling:
    silent = _silent_from_the_start(story, limits)
    if silent is not None:
        return silent
    if not story.drops:
        return not_applicable("no connection was lost")
    if not story.tells("connection.reconnecting"):
        return not_applicable("nothing is known of what this client tells")
    judged = 0
    for drop in story.drops:
        ruling = _told_in_order(story, drop, limits) or _silent_death(story, drop, limits)
        if ruling is not None:
            return ruling
        judged += drop.again is not None or story.failed is not None
    return (
        kept(f"{count(judged, 'outage')}, each told in order")
        if judged
        else undecided("the run was over before anything could be said of the outage")
    )


def _told_in_order(story: Story, drop: Drop, limits: Limits) -> Ruling | None:
    again = drop.again
    if again is None or again.ready is None or not story.reconnects or again.began_index > story.stop_index:
        return None
    announced_by_us = again.ready.at_us + ARRIVES_WITHIN_US
    # From the lost connection's own beginning: the client may know of the end before the server does.
    since = drop.lost.began_index if drop.lost.ready is None else story.place(drop.lost.ready)
    before = [
        event.kind for event in story.trace.events[since:] if event.kind in TOLD and event.at_us <= announced_by_us
    ]
    if "connection.reconnecting" not in before and _told_as_an_error(story, drop, until_us=announced_by_us):
        # Not in the contract's words, and not in silence.
        return None
    if "connection.reconnecting" not in before:
        return broken(
            f"the loss at {moment(drop.at_us)} was mended by {moment(again.ready.at_us)}, and the application was told nothing",
            at_us=drop.at_us,
            expected=["connection.reconnecting", "connection.reconnected"],
            got=before,
            connections=(drop.lost.connection, again.connection),
        )
    # Some say it at the upgrade, and some when the server has confirmed the configuration.
    # A word that a callback brings may come behind the attempt that it announces.
    after = next(
        (
            event
            for event in story.trace.events[again.began_index :]
            if (event.kind in TOLD or event is story.stop)
            and not (event.kind == "connection.reconnecting" and event.at_us <= announced_by_us)
        ),
        None,
    )
    if after is not None and after.kind != "connection.reconnected" and _was_left(again):
        # The configuration was refused there, say: the client left it, and told of the next attempt.
        return None
    lives_us = (story.ended_us if again.ended_us is None else again.ended_us) - again.ready.at_us
    if (after is None or after.kind != "connection.reconnected") and lives_us > limits.noticed_within_us:
        return broken(
            f"connection {again.connection} was ready at {moment(again.ready.at_us)} and lived for {lasting(lives_us)}, and "
            "connection.reconnected was not told",
            at_us=again.ready.at_us,
            expected=["connection.reconnected"],
            got=[] if after is None else [after.kind],
            connections=(again.connection,),
        )
    return None


def _told_as_an_error(story: Story, drop: Drop, *, until_us: int) -> bool:
    """Whether the application was told of an error when the connection was lost."""
    return any(
        event.owner == "error" and drop.at_us - ARRIVES_WITHIN_US <= event.at_us <= until_us for _, event in story.told
    )


def _was_left(attempt: Attempt) -> bool:
    """Whether the client itself ended this connection."""
    return attempt.end is not None and attempt.end.fields.get("by") == "client"


def _silent_from_the_start(story: Story, limits: Limits) -> Ruling | None:
    """The only attempt of a run came to nothing, `connect()` returned as if all were well, and then there was nothing."""
    if len(story.attempts) != 1 or not (story.tells("error") or story.tells("connection.failed")):
        return None
    (only,) = story.attempts
    if only.opened_us is not None or only.end is None or not find(story.trace, "run.connected"):
        return None
    if story.muffled(only.end.at_us) or not story.lasted_to(only.end.at_us + limits.silent_us):
        return None
    if any(_says_that_it_is_over(event) for event in story.trace.events[only.began_index :]):
        return None
    return broken(
        f"the attempt at {moment(only.began.at_us)} came to nothing, and the client did nothing and said nothing for "
        f"{lasting(story.ended_us - only.end.at_us)}, as if it were connected",
        at_us=only.end.at_us,
        expected=["connection.reconnecting", "connection.failed"],
        got=[],
        connections=(only.connection,),
    )


def _says_that_it_is_over(event: Event) -> bool:
    if event.kind == "run.state":
        return event.fields.get("state") in ("error", "disconnected")
    return event.owner in ("connection", "error") or event.kind in ENDS_IN_WORDS


def _silent_death(story: Story, drop: Drop, limits: Limits) -> Ruling | None:
    """Nothing came after the loss: no attempt, no event, no end of the stream."""
    said = story.after(drop.index, *TOLD, "wire.attempt", "error", "run.stream_ended", "run.send_failed")
    if said is not None or story.muffled(drop.at_us) or not story.lasted_to(drop.at_us + limits.silent_us):
        return None
    return broken(
        f"after the loss at {moment(drop.at_us)} the client did nothing and said nothing for "
        f"{lasting(story.ended_us - drop.at_us)}",
        at_us=drop.at_us,
        expected=["connection.reconnecting", "connection.failed"],
        got=[],
        connections=(drop.lost.connection,),
    )


INVARIANT = Invariant(
    number="I5",
    rule="Every outage is told, in order: connection.reconnecting, then connection.reconnected or connection.failed.",
    why="A silent recovery hides seconds of lost speech; a silent death hides everything.",
    check=check,
)
