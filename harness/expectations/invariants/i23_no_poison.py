"""I23: a refused handle is not shown again, and nothing of the old session is named on the new one."""

from __future__ import annotations

from typing import Any

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits
from harness.trace import Event
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]

REFUSED_WITH = (1007, 1008)
"""How Gemini refuses a handle, before the session is ready (as of 2026-08)."""

NAMED = ("item_id", "response_id", "previous_item_id")
"""Fields in which a client names what the server told it of, in a session that has such names (OpenAI Realtime)."""


def check(story: Story, limits: Limits) -> Ruling:
    refused: dict[str, Attempt] = {}
    shown = 0
    for attempt, handle in _handles(story):
        shown += 1
        if handle in refused:
            return broken(
                f"the handle that was refused on connection {refused[handle].connection} was shown again on connection "
                f"{attempt.connection}, at {moment(attempt.began.at_us)}",
                at_us=attempt.began.at_us,
                connections=(refused[handle].connection, attempt.connection),
            )
        if _is_refused(attempt):
            refused[handle] = attempt
    stale = _stale_name(story)
    if stale is not None:
        event, name, of = stale
        return broken(
            f"{event.kind} at {moment(event.at_us)} names {name!r}, which belongs to the session of connection {of}",
            at_us=event.at_us,
            connections=(of, event.connection or 0),
        )
    if refused:
        return kept("a refused handle was shown once, and not again")
    if len([a for a in story.attempts if a.ready is not None]) < 2:
        return not_applicable("there was no second session")
    return kept("nothing of an old session was named on a new one") if not shown else kept("no handle was refused")


def _handles(story: Story) -> list[tuple[Attempt, str]]:
    by_number = {attempt.connection: attempt for attempt in story.attempts}
    found = []
    for event in story.trace.events:
        if event.kind != "client.setup" or event.connection not in by_number:
            continue
        resumption = event.fields.get("sessionResumption")
        handle = resumption.get("handle") if isinstance(resumption, dict) else None
        if isinstance(handle, str) and handle:
            found.append((by_number[event.connection], handle))
    return found


def _is_refused(attempt: Attempt) -> bool:
    end = attempt.end
    return attempt.ready is None and end is not None and end.fields.get("code") in REFUSED_WITH


def _stale_name(story: Story) -> tuple[Event, str, int] | None:
    """A client message that names what only an older connection knew."""
    home: dict[str, list[int]] = {}
    for event in story.trace.events:
        if event.connection is None:
            continue
        if event.owner == "server":
            for name in _names(event.fields):
                home.setdefault(name, []).append(event.connection)
        elif event.owner == "client":
            for field in NAMED:
                named = event.fields.get(field)
                if isinstance(named, str) and named in home and event.connection not in home[named]:
                    return event, named, home[named][0]
            for name in _names(event.fields.get("item")):
                # A client may give an old item's name to the one that it creates anew: then it is the new session's.
                home.setdefault(name, []).append(event.connection)
    return None


def _names(fields: Any) -> list[str]:
    if not isinstance(fields, dict):
        return []
    inner = [value for value in fields.values() if isinstance(value, dict)]
    candidates = [fields.get("item_id"), fields.get("id"), *(value.get("id") for value in inner)]
    return [name for name in candidates if isinstance(name, str)]


INVARIANT = Invariant(
    number="I23",
    rule="A refused handle is tried once, then comes a clean session; nothing of the old session is named on the new one.",
    why="What the server refuses once it refuses each time: the client is poisoned until somebody restarts it.",
    check=check,
)
