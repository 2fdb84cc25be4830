"""I9: one outage, bounded noise: an error or two for each attempt, never one for each frame of audio."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]

WORDS_FOR_AN_ATTEMPT = 2
"""One that says what went wrong, and one that says which attempt it was."""


def check(story: Story, limits: Limits) -> Ruling:
    if not story.drops:
        return not_applicable("no connection was lost")
    if not story.tells("error"):
        return not_applicable("nothing is known of what this client tells")
    loudest = 0
    for drop in story.drops:
        healed = next((a.ready for a in story.attempts if a.began_index > drop.index and a.ready is not None), None)
        until = story.stop_index if healed is None else story.place(healed)
        errors = [event for index, event in story.told if drop.index < index < until and event.kind == "error"]
        tried = len(story.attempts_between(drop.index, until))
        most = WORDS_FOR_AN_ATTEMPT * tried + limits.error_grace
        if len(errors) > most:
            return broken(
                f"the loss at {moment(drop.at_us)} was told in {count(len(errors), 'error')}, with {count(tried, 'attempt')}",
                at_us=errors[0].at_us,
                expected={"errors": most},
                got={"errors": len(errors), "attempts": tried},
                connections=(drop.lost.connection,),
            )
        loudest = max(loudest, len(errors))
    return kept(f"{count(len(story.drops), 'outage')}, {count(loudest, 'error')} in one at most")


INVARIANT = Invariant(
    number="I9",
    rule="One outage makes bounded noise: at most two errors for each attempt, and never one for each frame of audio.",
    why="Fifty errors a second are an outage of their own: in logs, in alerts, in the event loop.",
    check=check,
)
