"""Audio: what of the caller's and the agent's speech was lost, repeated, reordered or never finalised, over all connections.

Of the caller counts what was said while the client claimed to be usable, or to be reconnecting; of the agent what the
server sent meanwhile. After `connection.failed`, and once the application has hung up, nothing is owed any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.expectations.finding import Finding, broken, kept, undecided
from harness.expectations.ledger import Account, Interval, account, common, joined, without
from harness.expectations.words import lasting, meets, moment, span_limit
from harness.scenario.model import AudioBounds, Bound, Case
from harness.trace import Event, Trace
from harness.trace.query import Span, find, usable_spans

__all__ = ["agent_account", "caller_account", "check", "unfinalised_account"]

NAME = "audio"

IN_FLIGHT_US = 500_000
"""What was said in the last moments before the call was over may have been on its way still."""

BYTES_PER_SAMPLE = 2


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    asked = case.expect.audio
    if asked is None:
        return
    if asked.caller is not None:
        yield from _judged("caller", asked.caller, caller_account(trace), trace)
        if asked.caller.unfinalised is not None:
            yield from _finalised(asked.caller.unfinalised, unfinalised_account(trace), trace)
    if asked.agent is not None:
        yield from _judged("agent", asked.agent, agent_account(trace), trace)


def caller_account(trace: Trace, *, by_connection: bool = False) -> Account:
    """What the caller said against what the server heard, in the order in which it did.

    Args:
        by_connection: One connection after the other instead, in the order in which the client opened them: a server may
            get to what lies in an old connection's buffers when it has long heard the next one.
    """
    rate = _bytes_per_s(trace, "caller")
    said = (part for turn in _turns(trace, rate) for span in _owed(trace) for part in turn.within(span))
    heard = [event for event in trace.events if event.owner == "client"]
    if by_connection:
        heard.sort(key=lambda event: event.connection or 0)
    return account(said, (part for event in heard for part in _audio(event)))


def unfinalised_account(trace: Trace) -> Account:
    """What of the caller's speech reached the server and was never finalised, on any connection, as its `lost`.

    What a connection has that still stands at the end of the run is on its way, and not lost.
    """
    rate = _bytes_per_s(trace, "caller")
    due = joined(part for turn in _turns(trace, rate) for span in _owed(trace) for part in turn.within(span))
    given_up: dict[int | None, list[Interval]] = {
        event.connection: [(int(begins), int(ends)) for begins, ends in event.fields["account"]["unfinalised"]]
        for event in find(trace, "wire.closed", "wire.reset")
        if "account" in event.fields
    }
    heard: dict[int | None, list[Interval]] = {}
    for event in trace.events:
        if event.owner == "client":
            heard.setdefault(event.connection, []).extend(_audio(event))
    safe = [
        part for connection, parts in heard.items() for part in without(joined(parts), given_up.get(connection, []))
    ]
    gone = common(due, (part for parts in given_up.values() for part in parts))
    return replace(account(gone, safe), said=sum(ends - begins for begins, ends in due))


def agent_account(trace: Trace) -> Account:
    """What the server sent against what the client handed to the application."""
    owed = _owed(trace)
    sent = (
        part
        for event in trace.events
        if event.owner == "server" and any(span.holds(event.at_us) for span in owed)
        for part in _audio(event)
    )
    heard = (part for event in trace.events if event.kind == "audio.output" for part in _audio(event))
    return account(sent, heard)


# ── what was said ────────────────────────────────────────────────────────────


class _Turn:
    """A stretch of the caller's speech, spoken evenly from a moment on."""

    def __init__(self, *, began_us: int, part: Interval, bytes_per_s: int) -> None:
        self.began_us = began_us
        self.part = part
        self._bytes_per_s = bytes_per_s

    def within(self, span: Span) -> Iterator[Interval]:
        """The part of it that was said in this span."""
        begins, ends = self.part
        begins = max(begins, self._said_by(span.from_us))
        if span.to_us is not None:
            ends = min(ends, self._said_by(span.to_us))
        if begins < ends:
            yield begins, ends

    def _said_by(self, at_us: int) -> int:
        return self.part[0] + max(0, at_us - self.began_us) * self._bytes_per_s // 1_000_000


def _turns(trace: Trace, bytes_per_s: int) -> Iterator[_Turn]:
    speaking: Event | None = None
    for event in trace.events:
        if event.kind == "caller.speaking":
            speaking = event
        elif event.kind == "caller.paused" and speaking is not None:
            for part in _audio(event):
                yield _Turn(began_us=speaking.at_us, part=part, bytes_per_s=bytes_per_s)
            speaking = None
    if speaking is not None:
        # The run ended in the middle of a turn: it was being said until then.
        begins = speaking.fields["audio"][0][0]
        said = (_ended_us(trace) - speaking.at_us) * bytes_per_s // 1_000_000
        yield _Turn(began_us=speaking.at_us, part=(begins, begins + said), bytes_per_s=bytes_per_s)


def _owed(trace: Trace) -> tuple[Span, ...]:
    """When the client could be used, without the last moments before that ended for good."""
    spans = usable_spans(trace)
    if not spans:
        return ()
    ended_us = spans[-1].to_us if spans[-1].to_us is not None else _ended_us(trace)
    last = Span(from_us=spans[-1].from_us, to_us=max(spans[-1].from_us, ended_us - IN_FLIGHT_US))
    return (*spans[:-1], last)


def _ended_us(trace: Trace) -> int:
    if trace.end is not None:
        return trace.end.at_us
    return trace.events[-1].at_us if trace.events else 0


def _audio(event: Event) -> Iterator[Interval]:
    """The positions that an event carries; other messages may have an `audio` of another kind."""
    parts = event.fields.get("audio")
    if not isinstance(parts, list | tuple):
        return
    for part in parts:
        if isinstance(part, list | tuple) and len(part) == 2:
            yield int(part[0]), int(part[1])


# ── the verdict ──────────────────────────────────────────────────────────────


def _judged(speaker: str, asked: AudioBounds, found: Account, trace: Trace) -> Iterator[Finding]:
    rate = _bytes_per_s(trace, speaker)
    if found.said == 0:
        yield undecided(NAME, f"the {speaker} said nothing while the client could be used, so nothing could go wrong")
        return
    for what, bound, got_bytes in (
        ("lost", asked.lost, found.lost),
        ("repeated", asked.repeated, found.repeated),
        ("reordered", asked.reordered, found.reordered),
    ):
        if bound is not None:
            yield _bounded(speaker, what, bound, _us(got_bytes, rate), found, rate)


def _finalised(asked: Bound, found: Account, trace: Trace) -> Iterator[Finding]:
    if found.said:
        rate = _bytes_per_s(trace, "caller")
        yield _bounded("caller", "unfinalised", asked, _us(found.lost, rate), found, rate)


def _bounded(speaker: str, what: str, bound: Bound, got_us: int, found: Account, rate: int) -> Finding:
    expected = {f"{what}_us": span_limit(bound)}
    got = {f"{what}_us": got_us, "said_us": _us(found.said, rate)}
    size = f"{lasting(got_us)} of {lasting(_us(found.said, rate))} of the {speaker}'s speech"
    if meets(bound, got_us):
        return kept(NAME, f"{size} was {what}", expected=expected, got=got)
    where = ""
    if what in ("lost", "unfinalised") and found.lost_parts:
        begins, ends = max(found.lost_parts, key=lambda part: part[1] - part[0])
        where = f"; the longest piece is {moment(_us(begins, rate))} to {moment(_us(ends, rate))} of the speech"
    return broken(NAME, f"{size} was {what} instead of {span_limit(bound)}{where}", expected=expected, got=got)


def _us(size_bytes: int, bytes_per_s: int) -> int:
    return round(size_bytes * 1_000_000 / bytes_per_s)


def _bytes_per_s(trace: Trace, speaker: str) -> int:
    return trace.header.audio_rates_hz[speaker] * BYTES_PER_SAMPLE
