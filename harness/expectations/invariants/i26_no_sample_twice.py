"""I26: no sample reaches the provider twice or out of order, and what is lost is counted and told."""

from __future__ import annotations

from typing import Any

from harness.expectations.audio import caller_account
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.ledger import Account, Interval, account, joined, without
from harness.expectations.words import lasting
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]

IN_FLIGHT_US = 100_000
"""For each loss: what was on its way just then is lost, and the client cannot count it."""

COUNTED = ("drop", "lost", "discard", "skipped")
"""Words in the name of a field that counts what was lost: each client has its own."""


def check(story: Story, limits: Limits) -> Ruling:
    if sum(attempt.opened_us is not None for attempt in story.attempts) < 2:
        return not_applicable("there was one connection at most")
    heard = caller_account(story.trace, by_connection=True)
    if not heard.said:
        return not_applicable("nobody spoke")
    repeated_us, reordered_us = story.caller_us(_repeated(story)), story.caller_us(heard.reordered)
    lost_us = story.caller_us(_lost(story, heard))
    got: dict[str, Any] = {"repeated_us": repeated_us, "reordered_us": reordered_us, "lost_us": lost_us}
    repeated_us_max = limits.repeated_us + limits.resent_us * len(story.drops)
    expected = {"repeated_us": repeated_us_max, "reordered_us": limits.repeated_us}
    if repeated_us > repeated_us_max:
        return broken(f"{lasting(repeated_us)} of the caller's speech were heard twice", expected=expected, got=got)
    if reordered_us > limits.repeated_us:
        return broken(f"{lasting(reordered_us)} of the caller's speech came out of order", expected=expected, got=got)
    in_flight_us = IN_FLIGHT_US * len(story.drops)
    if lost_us > limits.lost_untold_us + in_flight_us and _could_have_told(story) and not _told(story):
        return broken(f"{lasting(lost_us)} of the caller's speech were lost, and nobody was told", got=got)
    return kept(f"nothing was heard twice or out of order; {lasting(lost_us)} were lost", expected=expected, got=got)


def _repeated(story: Story) -> int:
    """Bytes that were heard once too often. What a connection had received and not finalised when it ended is gone for the
    user: saying that again is what Deepgram advises, and no repetition.

    Where the link was mute at that moment the client cannot have known what was final, so there all of it may be said again.
    """
    parts: list[Interval] = []
    for attempt in story.attempts:
        heard = [
            (int(begins), int(ends))
            for event in story.trace.events
            if event.owner == "client" and event.connection == attempt.connection
            for begins, ends in event.fields.get("audio") or []
        ]
        if attempt.end is None:
            parts += heard
        elif not story.muffled(attempt.end.at_us):
            unfinalised = attempt.end.fields.get("account", {}).get("unfinalised", [])
            gone = joined((int(begins), int(ends)) for begins, ends in unfinalised)
            parts += (part for piece in heard for part in without([piece], gone))
    return account([], parts).repeated


def _lost(story: Story, heard: Account) -> int:
    """Bytes that never came, though later ones did: the rest may have been on its way when the run was over. What was
    sent into a link that had gone mute nobody can count."""
    if any(story.muffles(fired.fault) for fired in story.fired):
        return 0
    furthest = max(
        (
            part[1]
            for event in story.trace.events
            if event.owner == "client"
            for part in event.fields.get("audio") or []
        ),
        default=0,
    )
    return sum(ends - begins for begins, ends in heard.lost_parts if ends < furthest)


def _could_have_told(story: Story) -> bool:
    """Whether the client spoke of the outage at all; one that is silent about it breaks another rule already."""
    return any(event.kind in ("connection.reconnected", "connection.failed") for _, event in story.told)


def _told(story: Story) -> bool:
    return any(
        isinstance(value, int | float) and value > 0 and any(word in name for word in COUNTED)
        for _, event in story.told
        for name, value in event.fields.items()
    )


INVARIANT = Invariant(
    number="I26",
    rule="No sample is delivered twice or out of order; what is lost is counted and told.",
    why="A wrong transcript is worse than a gap, and a gap that nobody knows of is a wrong transcript.",
    check=check,
)
