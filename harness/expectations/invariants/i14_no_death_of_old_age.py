"""I14: healthy sessions do not die of old age: losses that lie far apart do not add up."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Drop, Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    lived = [drop for drop in story.drops if story.had_proved_itself(drop, limits)]
    if len(lived) < 2:
        return not_applicable("no two healthy connections were lost")
    last = lived[-1]
    if story.failed is None or story.place(story.failed) < last.index:
        return kept(f"{len(lived)} healthy connections were lost, and the client goes on")
    allowed = _attempts_allowed(story)
    tried = len(story.attempts_between(last.index, story.place(story.failed)))
    if (
        allowed is None
        and tried == 0
        and any(drop.again is not None and _ended_alike(drop, last) for drop in lived[:-1])
    ):
        return broken(
            f"the healthy connection {last.lost.connection} was lost at {moment(last.at_us)}, and the client gave up without an "
            "attempt, where it had made one after a loss of the same kind",
            at_us=story.failed.at_us,
            expected={"attempts": 1},
            got={"attempts": 0},
            connections=(last.lost.connection,),
        )
    if allowed is None:
        return undecided("the client does not say how many attempts an outage has")
    if tried < allowed:
        return broken(
            f"the healthy connection {last.lost.connection} was lost at {moment(last.at_us)}, and the client gave up after "
            f"{count(tried, 'attempt')} of {allowed}",
            at_us=story.failed.at_us,
            expected={"attempts": allowed},
            got={"attempts": tried},
            connections=(last.lost.connection,),
        )
    return kept(f"the last outage had all of its {count(allowed, 'attempt')}")


def _ended_alike(former: Drop, later: Drop) -> bool:
    """Whether two connections ended in the same way, so that the end itself is no reason to take them differently."""
    one, other = (
        None if end is None else (end.kind, *(end.fields.get(name) for name in ("code", "reason", "by")))
        for end in (former.lost.end, later.lost.end)
    )
    return one == other


def _attempts_allowed(story: Story) -> int | None:
    told = [event.fields.get("max_attempts") for _, event in story.told if event.kind == "connection.reconnecting"]
    return next((most for most in told if isinstance(most, int)), None)


INVARIANT = Invariant(
    number="I14",
    rule="Losses that lie far apart do not add up: each outage after a healthy time has the whole budget.",
    why="Providers recycle idle sessions every few minutes: a muted caller loses the call after the fifth.",
    check=check,
)
