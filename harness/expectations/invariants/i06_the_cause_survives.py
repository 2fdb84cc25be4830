"""I6: the cause survives: whoever is told that it is over is told why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits
from harness.trace import Event
from harness.trace.query import find

__all__ = ["INVARIANT"]

BELONGS_TOGETHER_US = 1_000_000
"""An error and the close that comes of it."""

LAST_WORDS = ("connection.failed", "run.stream_ended", "run.connect_failed")
REASON_CHARACTERS_MIN = 8
"""A close reason of so many characters is recognised in what the client tells, and says as much as the number does."""

WITHOUT_A_FRAME = (1005, 1006)
"""Codes that no close frame carries: there is nothing to pass on."""


def check(story: Story, limits: Limits) -> Ruling:
    last = next((e for e in story.trace.events[: story.stop_index] if e.kind in LAST_WORDS and not _is_mute(e)), None)
    if last is None:
        return not_applicable("the client never said that it was over")
    if not story.tells("connection.failed"):
        return not_applicable("nothing is known of what this client tells")
    place = story.place(last)
    cause = _cause(story, story.trace.events[:place])
    if cause is None:
        return not_applicable("the last loss had neither a close code nor an HTTP status")
    event, number = cause
    since = next((a.began_index for a in story.attempts if a.connection == event.connection), story.place(event))
    told = [e for e in story.trace.events[since:] if e.kind in LAST_WORDS or e.owner in ("connection", "error")]
    words = " ".join(text for e in told for text in _texts(e.fields))
    reason = str(event.fields.get("reason") or "")
    if str(number) in words or (len(reason) >= REASON_CHARACTERS_MIN and reason in words):
        return kept(f"{number} was passed on", at_us=last.at_us)
    said = _said_before(story, event)
    if said and any(each in words for each in said):
        return kept(f"{said[0]!r}, with which the server ended it, was passed on", at_us=last.at_us)
    what = "status" if event.kind == "wire.refused" else "close code"
    return broken(
        f"the {what} {number} at {moment(event.at_us)} ended it, and nothing that the client told says so",
        at_us=last.at_us,
        expected=str(number),
        got=words[:200],
        connections=() if event.connection is None else (event.connection,),
    )


def _is_mute(event: Event) -> bool:
    """A stream that ends without a word says nothing, not even that it is over (I1)."""
    return event.kind == "run.stream_ended" and not event.fields.get("error")


def _cause(story: Story, events: tuple[Event, ...]) -> tuple[Event, int] | None:
    """The last thing that happened to the client on the wire, if it had a number that came through."""
    for event in reversed(events):
        match event.kind:
            case "wire.refused":
                status = event.fields.get("status")
                return (event, status) if isinstance(status, int) else None
            case "wire.closed" if event.fields.get("by") != "client" and not story.muffled(event.at_us):
                code = event.fields.get("code")
                return (event, code) if isinstance(code, int) and code not in WITHOUT_A_FRAME else None
            case "wire.closed" | "wire.reset" | "wire.abandoned":
                return None
    return None


def _said_before(story: Story, closed: Event) -> tuple[str, ...]:
    """Code and message of the error with which the server took its leave: the close that follows says no more than that."""
    errors = [
        event.fields["error"]
        for event in find(story.trace, "server.error", connection=closed.connection)
        if 0 <= closed.at_us - event.at_us <= BELONGS_TOGETHER_US and isinstance(event.fields.get("error"), dict)
    ]
    said = [errors[-1].get(field) for field in ("code", "message", "type")] if errors else []
    return tuple(each for each in said if isinstance(each, str) and len(each) >= REASON_CHARACTERS_MIN)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case str() | int():
            yield str(value)


INVARIANT = Invariant(
    number="I6",
    rule="The cause survives: close code and reason, or HTTP status, reach whoever is told that it is over.",
    why="Policies and people decide by it: 402 wants a credit card, 503 wants patience.",
    check=check,
)
