"""Session: what the client had asked for is asked for again on every new connection, and what was said is not forgotten.

Client and server are told apart from deadair's own words, so this looks for values, not for field names of a provider:
a value of the scenario's `session` that the client sent on its first connection has to be sent again, under the same
name as there, before any audio; calls beside the connection have to go on telling what they told before. What a client
never sent in the first place is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.expectations.finding import Finding, broken, kept, undecided
from harness.expectations.words import count, moment
from harness.scenario.model import Case
from harness.trace import Event, Trace
from harness.trace.query import Attempt, attempts

__all__ = ["check"]

NAME = "session"

CONTAINED_FROM_CHARACTERS = 16
"""A text of this length may also stand inside a longer one: clients wrap instructions in words of their own."""

HISTORY_TEXTS_MAX = 10
"""How many of the latest texts must be said again; CONTRACT.md section 3 has Deepgram's last 10 messages."""

Sighting = tuple[str, Any]
"""A value, and the name of the field in which it stood."""


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    asked = case.expect.session
    if asked is None:
        return
    ready = [attempt for attempt in attempts(trace) if attempt.ready is not None]
    if len(ready) < 2:
        yield broken(
            NAME, f"the client was ready on {count(len(ready), 'connection')}, so there was no session to go on with"
        )
        return
    if asked.restored:
        yield _restored(case, trace, ready)
    if asked.resumed is not None:
        yield _resumed(trace, ready[-1], expected=asked.resumed)
    if asked.history_kept:
        yield _history_kept(trace, ready)


# ── restored ─────────────────────────────────────────────────────────────────


def _restored(case: Case, trace: Trace, ready: list[Attempt]) -> Finding:
    first = _sightings(_setup(trace, ready[0].connection))
    wanted = dict(_wanted(case, first))
    parameters = _query(trace, ready[0].connection)
    if not wanted and not parameters:
        return undecided(NAME, "nothing of the session was seen on the first connection, so nothing could be restored")
    for attempt in ready[1:]:
        again = _sightings(_setup(trace, attempt.connection))
        missing = [field for field, seen in wanted.items() if not all(any(_same(s, a) for a in again) for s in seen)]
        missing += [f"{name}={value} (query)" for name, value in parameters - _query(trace, attempt.connection)]
        if missing:
            assert attempt.ready is not None
            return broken(
                NAME,
                f"connection {attempt.connection}, ready at {moment(attempt.ready.at_us)}, was not told "
                f"{', '.join(sorted(missing))} before its first audio",
                at_us=attempt.ready.at_us,
                expected=sorted(wanted) + sorted(f"{name}={value}" for name, value in parameters),
                got={"missing": sorted(missing)},
            )
    forgetful = _forgetful_call(case, trace, ready[1].began_index)
    if forgetful is not None:
        call, lost = forgetful
        return broken(
            NAME,
            f"{call.kind} at {moment(call.at_us)} was not told {', '.join(lost)} any more",
            at_us=call.at_us,
            got={"missing": lost},
        )
    told = count(len(wanted) + len(parameters), "field")
    return kept(NAME, f"{told} restored on {count(len(ready) - 1, 'new connection')}")


def _forgetful_call(case: Case, trace: Trace, switch_index: int) -> tuple[Event, list[str]] | None:
    """The first call beside the connection, after the first switch, that lacks a field which such calls had before it.

    Deepgram's listen connection never hears of the system prompt: the call to the language model carries it each time.
    """
    before: dict[str, list[Sighting]] = {}
    for place, event in enumerate(trace.events):
        if event.owner != "client" or event.connection is not None:
            continue
        told = _sightings([event])
        if place < switch_index:
            before.setdefault(event.kind, told)
            continue
        wanted = _wanted(case, before.get(event.kind, []))
        lost = sorted(field for field, seen in wanted if not all(any(_same(s, t) for t in told) for s in seen))
        if lost:
            return event, lost
    return None


def _wanted(case: Case, first: list[Sighting]) -> Iterator[tuple[str, list[Sighting]]]:
    """Each field of `session` of which something was seen on the first connection, and what that was."""
    for field, value in case.session.items():
        seen = [s for _, asked in _leaves(field, value) for s in first if _says(s[1], asked)]
        if seen:
            yield field, seen


def _setup(trace: Trace, connection: int) -> Iterator[Event]:
    """What the client sent on this connection before any audio."""
    for event in trace.events:
        if event.connection == connection and event.owner == "client":
            if isinstance(event.fields.get("audio"), list | tuple):
                return
            yield event


def _query(trace: Trace, connection: int) -> set[tuple[str, str]]:
    opened = next((e for e in trace.events if e.kind == "wire.open" and e.connection == connection), None)
    pairs = opened.fields.get("query", []) if opened is not None else []
    pairs = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {(str(name), str(value)) for name, value in pairs}


def _sightings(events: Iterable[Event]) -> list[Sighting]:
    return [sighting for event in events for sighting in _leaves(event.kind, event.fields)]


def _leaves(name: str, value: Any) -> Iterator[Sighting]:
    """All single values inside, each with the name of the field that it stands in."""
    match value:
        case Mapping():
            for inner_name, inner in value.items():
                yield from _leaves(str(inner_name), inner)
        case list() | tuple():
            for inner in value:
                yield from _leaves(name, inner)
        case None:
            return
        case _:
            yield name, value


def _same(one: Sighting, other: Sighting) -> bool:
    return one[0] == other[0] and type(one[1]) is type(other[1]) and one[1] == other[1]


def _says(seen: Any, asked: Any) -> bool:
    if isinstance(asked, str):
        return isinstance(seen, str) and (seen == asked or (len(asked) >= CONTAINED_FROM_CHARACTERS and asked in seen))
    return isinstance(seen, bool) is isinstance(asked, bool) and bool(seen == asked)


# ── resumed ──────────────────────────────────────────────────────────────────


def _resumed(trace: Trace, last: Attempt, *, expected: bool) -> Finding:
    assert last.ready is not None
    at_us = last.ready.at_us
    resumed = last.ready.fields.get("resumed") is True
    which = f"connection {last.connection}, ready at {moment(at_us)},"
    if resumed is not expected:
        began = "went on with the old session" if resumed else "began a new session"
        instead = "going on with the old one" if expected else "beginning a new one"
        return broken(NAME, f"{which} {began} instead of {instead}", at_us=at_us, expected=expected, got=resumed)
    given = _handles_given(trace, before=last.began_index)
    if resumed and given:
        used = {value for _, value in _sightings(_setup(trace, last.connection)) if isinstance(value, str)}
        if not used & given:
            return broken(NAME, f"{which} was resumed without a handle that the server had given", at_us=at_us)
    return kept(NAME, f"{which} {'went on with the old session' if resumed else 'began a new session'}", at_us=at_us)


def _handles_given(trace: Trace, *, before: int) -> set[str]:
    sightings = _sightings(event for event in trace.events[:before] if event.owner == "server")
    return {value for name, value in sightings if name in ("newHandle", "new_handle") and isinstance(value, str)}


# ── history ──────────────────────────────────────────────────────────────────


def _history_kept(trace: Trace, ready: list[Attempt]) -> Finding:
    """Every switch: either the server resumed the session, or the client said again what had been said.

    What is said again is looked for among the messages of the new connection before its first audio, and in the calls
    beside it (Deepgram's language model is one) up to the next switch.
    """
    looked_at = 0
    for attempt, following in zip(ready[1:], [*ready[2:], None], strict=True):
        assert attempt.ready is not None
        texts = _texts_before(trace, attempt.began_index)
        if attempt.ready.fields.get("resumed") is True:
            looked_at += 1
            continue
        until = following.began_index if following is not None else len(trace.events)
        beside = [e for e in trace.events[attempt.began_index : until] if e.owner == "client" and e.connection is None]
        said = [_plain(v) for _, v in _sightings([*_setup(trace, attempt.connection), *beside]) if isinstance(v, str)]
        if not texts or not said:
            continue
        looked_at += 1
        forgotten = [text for text in texts if not any(_plain(text) in again for again in said)]
        if forgotten:
            return broken(
                NAME,
                f"connection {attempt.connection}, ready at {moment(attempt.ready.at_us)}, was not told {forgotten[0]!r}"
                f"{f' nor {len(forgotten) - 1} more' if len(forgotten) > 1 else ''} of what had been said",
                at_us=attempt.ready.at_us,
                expected=texts,
                got={"forgotten": forgotten},
            )
    if not looked_at:
        return undecided(NAME, "nothing had been said before a switch, so no history could be kept")
    return kept(NAME, f"history kept over {count(looked_at, 'switch') if looked_at == 1 else f'{looked_at} switches'}")


def _texts_before(trace: Trace, place: int) -> list[str]:
    """The latest texts that were whole before this place: those of a turn that an outage cut off may be forgotten."""
    turns = [i for i in range(place) if trace.events[i].kind == "turn.completed"]
    whole = trace.events[: turns[-1]] if turns else ()
    texts = [str(e.fields.get("text", "")) for e in whole if e.kind in ("transcription", "text.output")]
    return [text for text in texts if _plain(text)][-HISTORY_TEXTS_MAX:]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
