"""I4: exactly one terminal event, and nothing after it."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    last_word = story.failed
    if last_word is None:
        return not_applicable("the client never gave up")
    place = story.place(last_word)
    later = [event for index, event in story.told if index > place]
    if not later:
        return kept(f"connection.failed at {moment(last_word.at_us)} was the last word")
    kinds = sorted({event.kind for event in later})
    return broken(
        f"after connection.failed at {moment(last_word.at_us)} the client told {len(later)} more: {', '.join(kinds[:3])}"
        f"{', …' if len(kinds) > 3 else ''}",
        at_us=later[0].at_us,
        expected=[],
        got=[event.kind for event in later[:20]],
    )


INVARIANT = Invariant(
    number="I4",
    rule="There is exactly one last word (connection.failed), and nothing is told after it.",
    why="Fail-over keys on it: a second one starts a second fail-over, and events after it reach an application that has left.",
    check=check,
)
