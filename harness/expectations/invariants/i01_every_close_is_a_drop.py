"""I1: a close that the client did not ask for is a drop, whatever its code: 1000, 1001 and 1005 too."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Drop, Story
from harness.expectations.words import count, lasting, moment
from harness.scenario.limits import Limits
from harness.trace import Event

__all__ = ["INVARIANT"]

REACTIONS = frozenset({"wire.attempt", "run.stream_ended", "run.connect_failed"})
"""Beside what it tells of errors and of its connection."""


AHEAD_US = 1_000_000
"""How far ahead of the end on the wire the client's own words may be: a closing handshake takes its time."""


def check(story: Story, limits: Limits) -> Ruling:
    if not story.drops:
        return not_applicable("no connection was ended by the other side")
    judged = 0
    for drop in story.drops:
        reaction = _reaction(story, drop)
        if reaction is not None and story.place(reaction) > story.stop_index:
            # The application hung up meanwhile: what the client does from then on comes of that.
            reaction = None
        if reaction is None or reaction.at_us > drop.at_us + limits.noticed_within_us:
            if story.muffled(drop.at_us) or not story.lasted_to(drop.at_us + limits.noticed_within_us):
                continue
            if reaction is None or (reaction.kind != "wire.attempt" and story.tells("connection.reconnecting")):
                # One that dials again has taken it for a loss; how soon, and what it says of it, others judge (I17, I5).
                return _unnoticed(drop, reaction, limits)
        if reaction is not None and _is_a_quiet_end(story, reaction):
            return broken(
                f"{_end_in_words(drop)} at {moment(drop.at_us)} ended the client's stream as if it had hung up itself: no "
                "error, no connection.failed, no attempt",
                at_us=reaction.at_us,
                expected=["connection.reconnecting", "connection.failed"],
                got=[reaction.kind],
                connections=(drop.lost.connection,),
            )
        judged += 1
    if not judged:
        return undecided("the run ended, or the link was mute, before the client could have said anything")
    return kept(f"{count(judged, 'end')} by the other side, each taken for a loss")


def _reaction(story: Story, drop: Drop) -> Event | None:
    """The first sign that the client knows. Its own words may stand in front of the end: a close frame is answered before
    the server has seen it answered."""
    own = next((event for event in story.trace.events[drop.index + 1 :] if _is_reaction(event)), None)
    early = [
        event
        for place, event in story.told_since(drop.lost.began_index, "connection")
        if place < drop.index and event.kind != "connection.reconnected" and drop.at_us - event.at_us <= AHEAD_US
    ]
    return early[-1] if early else own


def _is_reaction(event: Event) -> bool:
    return event.kind in REACTIONS or event.owner in ("connection", "error")


def _is_a_quiet_end(story: Story, reaction: Event) -> bool:
    """Whether the stream ended without a word, and nothing came of it later either."""
    if reaction.kind != "run.stream_ended" or reaction.fields.get("error"):
        return False
    place = story.place(reaction)
    return story.after(place, "wire.attempt") is None and not story.told_since(place, "connection", "error")


def _unnoticed(drop: Drop, reaction: Event | None, limits: Limits) -> Ruling:
    what = f"{_end_in_words(drop)} at {moment(drop.at_us)}"
    if reaction is None:
        sentence = f"{what} was never noticed"
    else:
        sentence = f"{what} was answered only after {lasting(reaction.at_us - drop.at_us)}, by {reaction.kind}"
    return broken(
        sentence,
        at_us=drop.at_us,
        expected={"within_us": limits.noticed_within_us},
        got=None if reaction is None else {"within_us": reaction.at_us - drop.at_us},
        connections=(drop.lost.connection,),
    )


def _end_in_words(drop: Drop) -> str:
    end = drop.lost.end
    assert end is not None
    return "the reset" if end.kind == "wire.reset" else f"the close {end.fields.get('code')}"


INVARIANT = Invariant(
    number="I1",
    rule="A close that the client did not ask for is a drop, whatever its code (1000, 1001 and 1005 too): it reconnects, or "
    "says once that it is over; it never ends as if it had hung up itself.",
    why="Python's library calls three codes OK, and OpenAI's session cap comes as one of them: the call is dead, and nobody knows.",
    check=check,
    timed=True,
)
