"""I27: the backlog of a gap is bounded and paced, and what stands at the head of a stream is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits
from harness.trace import Event
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A piece of the caller's speech as the server heard it: when, how old it was by then, and how long it lasts."""

    connection: int
    at_us: int
    age_us: int
    lasts_us: int


def check(story: Story, limits: Limits) -> Ruling:
    later = [attempt for attempt in story.attempts if attempt.ready is not None][1:]
    if not later:
        return not_applicable("there was no second connection")
    heard = list(_heard(story))
    headless = _headless(story, later)
    if headless is not None:
        return headless
    oldest_us = 0
    for attempt in later:
        pieces = [piece for piece in heard if piece.connection == attempt.connection]
        if not pieces or any(story.muffled(piece.at_us) for piece in pieces):
            continue
        oldest = max(pieces, key=lambda piece: piece.age_us)
        if oldest.age_us > limits.gap_buffer_us + limits.noticed_within_us:
            return broken(
                f"connection {attempt.connection} was sent speech that was {lasting(oldest.age_us)} old, at "
                f"{moment(oldest.at_us)}",
                at_us=oldest.at_us,
                expected={"age_us": limits.gap_buffer_us},
                got={"age_us": oldest.age_us},
                connections=(attempt.connection,),
            )
        flood = _flood(pieces, limits)
        if flood is not None:
            sent_us, took_us = flood
            return broken(
                f"connection {attempt.connection} was sent {lasting(sent_us)} of speech in {lasting(took_us)}",
                at_us=pieces[0].at_us,
                expected={"burst_us": limits.replay_burst_us, "pace": limits.replay_pace},
                got={"sent_us": sent_us, "took_us": took_us},
                connections=(attempt.connection,),
            )
        oldest_us = max(oldest_us, oldest.age_us)
    return kept(f"no speech older than {lasting(oldest_us)} was sent after a gap")


def _headless(story: Story, later: list[Attempt]) -> Ruling | None:
    """A connection whose audio the server could make nothing of, where on the one before it could: a stream in a container
    says in its first bytes what it is, and each connection is a new stream."""
    first = next(attempt for attempt in story.attempts if attempt.ready is not None)
    if not _audio_of(story, first) or any(event.fields.get("undecoded") for event in _audio_of(story, first)):
        return None
    for attempt in later:
        lost = [event for event in _audio_of(story, attempt) if event.fields.get("undecoded")]
        if lost:
            return broken(
                f"connection {attempt.connection} was sent audio from {moment(lost[0].at_us)} on of which the server could make "
                f"nothing, as it could on connection {first.connection}: what stands at the head of the stream was not sent again",
                at_us=lost[0].at_us,
                connections=(first.connection, attempt.connection),
            )
    return None


def _audio_of(story: Story, attempt: Attempt) -> list[Event]:
    """The client's messages with audio on this connection."""
    return [
        event
        for event in story.trace.events
        if event.owner == "client" and event.connection == attempt.connection and event.fields.get("audio") is not None
    ]


def _flood(pieces: list[Heard], limits: Limits) -> tuple[int, int] | None:
    """How much speech came in how little time, where that is more than a burst and the pace behind it."""
    sent_us = 0
    for piece in pieces:
        sent_us += piece.lasts_us
        took_us = piece.at_us - pieces[0].at_us
        if sent_us > limits.replay_burst_us + limits.replay_pace * took_us:
            return sent_us, took_us
    return None


def _heard(story: Story) -> Iterator[Heard]:
    turns: list[tuple[int, int]] = []
    for event in story.trace.events:
        if event.kind == "caller.speaking":
            turns.append((event.fields["audio"][0][0], event.at_us))
        elif event.owner == "client" and event.connection is not None:
            for begins, ends in event.fields.get("audio") or []:
                turn = next(((first, at_us) for first, at_us in reversed(turns) if first <= begins), None)
                if turn is not None:
                    said_us = turn[1] + story.caller_us(begins - turn[0])
                    yield Heard(
                        connection=event.connection,
                        at_us=event.at_us,
                        age_us=event.at_us - said_us,
                        lasts_us=story.caller_us(ends - begins),
                    )


INVARIANT = Invariant(
    number="I27",
    rule="The backlog of a gap is bounded (ten seconds, the oldest dropped), and sent at a pace that a provider takes; what "
    "stands at the head of a stream is sent again.",
    why="Speech of a minute ago answers a question that nobody asks any more, and a flood is refused.",
    check=check,
    timed=True,
)
