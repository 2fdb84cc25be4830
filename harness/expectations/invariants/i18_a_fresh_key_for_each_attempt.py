"""I18: keys and tokens are fetched for each attempt: one that was good when the call began may not be when it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits
from harness.scenario.model import RotateKey
from harness.trace.query import Attempt, find

__all__ = ["INVARIANT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An attempt whose key had time to be a fresh one: `good` was the number of the key that would have been taken since
    before the loss, or the failure, that the attempt comes of."""

    attempt: Attempt
    key: int
    good: int

    @property
    def is_stale(self) -> bool:
        return self.key < self.good


def check(story: Story, limits: Limits) -> Ruling:
    rotated = [story.place(f.span.fired) for f in story.fired if isinstance(f.fault.do, RotateKey)]
    if not rotated:
        return not_applicable("no key was rotated")
    shown = _shown(story, rotated)
    if not shown:
        return not_applicable("no attempt was made after the rotation")
    shown = [each for each in shown if each.key > 0]
    if not shown:
        return not_applicable("the client shows the key that it was given as a text, which is never another one")
    for former, later in pairwise(shown):
        if former.is_stale and later.is_stale and later.key == former.key:
            return _showed_it_again(later, former)
    last = shown[-1]
    if not last.is_stale:
        return kept(f"{count(len(shown), 'attempt')} after the rotation, the last with a fresh key")
    if _has_given_up(story, last, limits):
        return broken(
            f"the attempt at {moment(last.attempt.began.at_us)} showed key {last.key}, when only key {last.good} was good, and "
            "the client gave up without having fetched that",
            at_us=last.attempt.began.at_us,
            expected={"key": last.good},
            got={"key": last.key},
            connections=(last.attempt.connection,),
        )
    return undecided("the run was over before the client could have fetched a fresh key")


def _shown(story: Story, rotated: list[int]) -> list[Shown]:
    """The attempts after a rotation that reached the server. What happened between the loss and the attempt is not counted:
    a client may fetch its key as soon as it knows of the loss."""
    keys = {
        event.connection: event.fields["key"]
        for event in find(story.trace, "wire.open", "wire.refused")
        if "key" in event.fields
    }
    found = []
    for former, attempt in pairwise(story.attempts):
        occasion = former.began_index if former.end_index is None else former.end_index
        # The keys are 1, 2, …; 0 is the one that was given as a text, and is not taken after the first rotation either.
        good = 1 + sum(1 for place in rotated if place < occasion)
        if good > 1 and attempt.connection in keys and attempt.began_index < story.stop_index:
            found.append(Shown(attempt=attempt, key=keys[attempt.connection], good=good))
    return found


def _showed_it_again(later: Shown, former: Shown) -> Ruling:
    return broken(
        f"refused with key {former.key} at {moment(former.attempt.began.at_us)}, the client showed the same key again at "
        f"{moment(later.attempt.began.at_us)}, when only key {later.good} was good",
        at_us=later.attempt.began.at_us,
        expected={"key": later.good},
        got={"key": later.key},
        connections=(former.attempt.connection, later.attempt.connection),
    )


def _has_given_up(story: Story, last: Shown, limits: Limits) -> bool:
    end = last.attempt.end_index
    if end is None:
        return False
    said = story.after(end, "connection.failed", "run.stream_ended", "run.connect_failed")
    if said is not None and story.place(said) < story.stop_index:
        return True
    return story.lasted_to((last.attempt.ended_us or 0) + limits.silent_us)


INVARIANT = Invariant(
    number="I18",
    rule="Keys and tokens are fetched for each attempt: none is shown again that was refused because it had been rotated.",
    why="Tokens live for minutes, and a call is longer: with the token of its beginning no attempt can ever succeed.",
    check=check,
)
