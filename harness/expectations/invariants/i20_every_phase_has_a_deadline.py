"""I20: every phase of an attempt has a deadline: to the 101, and from there to the ready message."""

from __future__ import annotations

from harness.expectations.invariants.i22_configured_before_audio import OPENINGS
from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    stalled = [attempt for attempt in story.attempts if _stalled_us(story, attempt, limits)]
    hung = [
        a for a in story.attempts if not _is_ready(story, a) and _in_phase_us(story, a)[1] > limits.phase_within_us // 3
    ]
    if not stalled and not hung:
        return not_applicable("no attempt hung")
    for attempt in stalled:
        phase, lasted_us = _in_phase_us(story, attempt)
        return broken(
            f"attempt {attempt.connection}, begun at {moment(attempt.began.at_us)}, waited {lasting(lasted_us)} for {phase}",
            at_us=attempt.began.at_us,
            expected={"within_us": limits.phase_within_us},
            got={"within_us": lasted_us},
            connections=(attempt.connection,),
        )
    longest_us = max(_in_phase_us(story, attempt)[1] for attempt in hung)
    return kept(f"{count(len(hung), 'attempt')} that hung, given up within {lasting(longest_us)}")


def _stalled_us(story: Story, attempt: Attempt, limits: Limits) -> bool:
    return not _is_ready(story, attempt) and _in_phase_us(story, attempt)[1] > limits.phase_within_us


def _is_ready(story: Story, attempt: Attempt) -> bool:
    """A session whose configuration was confirmed is ready, whether or not its first message ever came."""
    confirmed = {opening.done for opening in OPENINGS.values()}
    return attempt.ready is not None or any(
        event.kind in confirmed and event.connection == attempt.connection for event in story.trace.events
    )


def _in_phase_us(story: Story, attempt: Attempt) -> tuple[str, int]:
    """The phase in which the attempt came to its end, or to that of the run, and how long it was in it."""
    until_us = attempt.ended_us if attempt.ended_us is not None else story.ended_us
    if story.stop is not None:
        until_us = min(until_us, story.stop.at_us)
    if attempt.opened_us is None:
        return "the answer to its upgrade", until_us - attempt.began.at_us
    return "the session to be ready", until_us - attempt.opened_us


INVARIANT = Invariant(
    number="I20",
    rule="Every phase of an attempt has a deadline: TCP and TLS, the 101, the ready message.",
    why="The ready message is the one that people forget: eight of nine clients waited for it for ever.",
    check=check,
    timed=True,
)
