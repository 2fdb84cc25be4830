"""I16: a reconnect attempt that fails is an ordinary failure: neither the end at once, nor silence."""

from __future__ import annotations

from harness.expectations.invariants.i15_refused_for_good import is_for_good
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Drop, Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    if not story.reconnects:
        return not_applicable("this client has no reconnect layer, by design")
    # A connection that never proved itself belongs to the outage before it, whose budget may be spent; the first of a run has
    # no outage before it.
    first = story.attempts[0] if story.attempts else None
    lost = [
        drop
        for drop in story.drops
        if drop.lost.ready is not None and (drop.lost is first or story.had_proved_itself(drop, limits))
    ]
    blips = [drop for drop in lost if drop.again is not None and _failed_for_now(drop.again)]
    if not blips:
        return not_applicable("no first attempt after a loss failed")
    decided = 0
    for drop in blips:
        ruling = _gave_up(story, drop, limits)
        if ruling is not None:
            return ruling
        decided += bool(story.attempts_between(drop.again.began_index)) if drop.again is not None else 0
    return (
        kept("a failed attempt was followed by another one")
        if decided
        else undecided("the run was over before the next attempt")
    )


def _gave_up(story: Story, drop: Drop, limits: Limits) -> Ruling | None:
    again = drop.again
    if again is None or again.end is None or again.end_index is None:
        return None
    if story.attempts_between(again.began_index):
        return None
    said = story.after(again.end_index, "connection.failed", "run.stream_ended")
    if said is not None and story.place(said) < story.stop_index:
        how = f"the client gave up at {moment(said.at_us)}"
    elif story.lasted_to(again.end.at_us + _patience_us(again, limits)) and not story.muffled(again.end.at_us):
        how = "there was no other, and not a word"
    else:
        return None
    return broken(
        f"the first attempt after the loss at {moment(drop.at_us)} failed ({_words(again)}), and {how}",
        at_us=again.end.at_us,
        connections=(drop.lost.connection, again.connection),
    )


def _failed_for_now(attempt: Attempt) -> bool:
    """Whether it failed, in a way that may be over soon."""
    return attempt.end is not None and attempt.ready is None and not is_for_good(attempt)


def _patience_us(attempt: Attempt, limits: Limits) -> int:
    hint_us = attempt.end.fields.get("retry_after_us") if attempt.end is not None else None
    return limits.silent_us + (hint_us if isinstance(hint_us, int) else 0)


def _words(attempt: Attempt) -> str:
    assert attempt.end is not None
    status = attempt.end.fields.get("status")
    return str(status) if status is not None else attempt.end.kind.removeprefix("wire.")


INVARIANT = Invariant(
    number="I16",
    rule="An attempt to reconnect that fails is an ordinary failure: not the end at once, and not silence.",
    why="One blip of a second must not end a call of an hour.",
    check=check,
)
