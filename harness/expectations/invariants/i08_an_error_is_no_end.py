"""I8: an application `error` ends neither the read loop nor the session, unless it says that it is final."""

from __future__ import annotations

from typing import Any

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Fired, Story
from harness.expectations.words import lasting, moment
from harness.scenario.limits import Limits
from harness.scenario.model import ErrorEvent, FailResponse, Reject, Send
from harness.trace import Event

__all__ = ["INVARIANT"]

FINAL = frozenset(
    {
        "account_deactivated", "beta_api_shape_disabled", "billing_hard_limit_reached", "insufficient_quota",
        "invalid_api_key", "invalid_model", "missing_model", "net0000", "net0001", "session_expired",
    }
)  # fmt: skip
"""Codes after which a session is over, or should be (OpenAI Realtime and Deepgram, as of 2026-08)."""

ANNOUNCE_AN_END = ("goAway", "Error", "Metadata")
"""Messages behind which a client does well to leave: Gemini's warning, the fatal error of Deepgram's Flux, and the last word
of a Deepgram stream."""

HEARS_WITHIN_US = 5_000_000
"""How long the client may take to pass on what the server said after the error."""


def check(story: Story, limits: Limits) -> Ruling:
    errors = [fired for fired in story.fired if _is_survivable(fired)]
    if not errors:
        return not_applicable("the server told no error that a session outlives")
    decided = ""
    for fired in errors:
        for connection in story.open_at(fired.span.from_us):
            ended, heard, spoken = _afterwards(story, fired, connection)
            at = f"{_words(fired)} at {moment(fired.span.from_us)}"
            if ended is not None and _has_another_cause(story, fired, ended):
                continue
            if ended is not None and ended.fields.get("by") == "client":
                return broken(
                    f"{at} made the client close connection {connection}, {lasting(ended.at_us - fired.span.from_us)} later",
                    at_us=ended.at_us,
                    connections=(connection,),
                )
            if heard is not None:
                decided = f"{at} was survived: the client told {heard.kind} at {moment(heard.at_us)}"
            elif spoken is not None and story.lasted_to(spoken.at_us + HEARS_WITHIN_US) and story.tells("audio.output"):
                return broken(
                    f"{at} ended the reading: the server spoke on at {moment(spoken.at_us)}, and the client told nothing more",
                    at_us=spoken.at_us,
                    connections=(connection,),
                )
    return (
        kept(decided)
        if decided
        else undecided("the server said nothing more after the error that could have been heard")
    )


def _is_survivable(fired: Fired) -> bool:
    match fired.fault.do:
        case ErrorEvent(code=code) | FailResponse(code=code):
            return code not in FINAL
        case Reject():
            return True
        case Send(message=message):
            return not _may_be_the_end(message)
    return False


def _may_be_the_end(message: str | dict[str, Any]) -> bool:
    """Whether a client that leaves behind this message may be right; an error that does not say what it is may mean all."""
    if isinstance(message, str):
        return message in ("error", *ANNOUNCE_AN_END)
    # Gemini has no `type`: a message is named by its first field.
    name = message.get("type", next(iter(message), ""))
    if name != "error":
        return name in ANNOUNCE_AN_END
    error = message.get("error")
    said = [error.get(field) for field in ("code", "type")] if isinstance(error, dict) else []
    codes = {code for code in said if isinstance(code, str)}
    return not codes or bool(codes & FINAL)


def _words(fired: Fired) -> str:
    match fired.fault.do:
        case ErrorEvent(code=code):
            return f"the error {code!r}"
        case FailResponse(code=code):
            return f"the response that failed with {code!r}"
        case Reject(message=name):
            return f"the refused {name!r}"
    return "the message out of turn"


def _afterwards(story: Story, fired: Fired, connection: int) -> tuple[Event | None, Event | None, Event | None]:
    """How the connection ended within the time in which it can be the error's doing; the first audio that the client
    passed on of what the server sent later; and the first audio that the server sent later."""
    since = story.place(fired.span.fired)
    ended = spoken = heard = None
    for event in story.trace.events[since + 1 : story.stop_index]:
        if event.connection == connection and event.kind in ("wire.closed", "wire.reset"):
            ended = event if event.at_us - fired.span.from_us <= HEARS_WITHIN_US else None
            break
        if event.connection == connection and event.owner == "server" and event.fields.get("audio"):
            spoken = spoken or event
        elif spoken is not None and event.kind == "audio.output" and _is_of(event, spoken):
            heard = event
            break
    return ended, heard, spoken


def _has_another_cause(story: Story, fired: Fired, ended: Event) -> bool:
    """Whether something else befell the connection between the error and its end: a fault, or a warning to heed."""
    since, until = story.place(fired.span.fired), story.place(ended)
    between = story.trace.events[since + 1 : until]
    return any(event.owner == "fault" or event.kind == "server.goAway" for event in between)


def _is_of(heard: Event, spoken: Event) -> bool:
    begins = spoken.fields["audio"][0][0]
    return any(part[1] > begins for part in heard.fields.get("audio") or [])


INVARIANT = Invariant(
    number="I8",
    rule="An application error ends neither the reading nor the session, unless its code says that all is over.",
    why="Most errors are answers to one message; a client that stops reading goes on sending into a room in which nobody listens.",
    check=check,
)
