"""The lanes of audio: the caller's speech when it was said, the agent's when it was heard, and what went wrong with either.

The amounts are those of the audio expectation; here is where they lie in time. What was lost of the caller stands where it
was said, what was lost of the agent where the server sent it, and what was heard twice or too late where it was said first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.expectations.audio import BYTES_PER_SAMPLE, agent_account, caller_account
from harness.expectations.ledger import Interval, common, joined, without
from harness.expectations.unheard import tells
from harness.expectations.words import lasting
from harness.reports.exhibit.marks import MARKS_MAX, Mark, Tone, thinned
from harness.trace import Event, Trace

__all__ = ["agent_marks", "caller_marks"]

PAUSE_US = 250_000
"""Pieces of speech that come closer together are one stretch of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a speaker's stream, in bytes, and the time over which it was said or sent."""

    part: Interval
    from_us: int
    to_us: int

    def during(self, part: Interval) -> tuple[int, int]:
        """When this part of it was, in microseconds."""
        size = max(1, self.part[1] - self.part[0])
        lasted_us = self.to_us - self.from_us
        begins, ends = ((each - self.part[0]) * lasted_us // size for each in part)
        return self.from_us + begins, self.from_us + ends


def caller_marks(trace: Trace, received: Iterable[Event], ended_us: int) -> tuple[Mark, ...]:
    """`received` is what the server got from the client."""
    rate = _bytes_per_s(trace, "caller")
    turns = list(_turns(trace, ended_us, rate))
    heard = _heard(part for event in received for part in _audio(event))
    missing = any(without(joined(turn.part for turn in turns), heard.parts))
    # The account knows what of it was owed; it is dear, and where nothing is missing nothing was lost.
    lost = caller_account(trace).lost_parts if missing else ()
    speech = (_speech(turn, rate, "said") for turn in turns)
    return thinned(_in_time([*speech, *_wrong(heard, lost, turns, rate)]), ended_us)


def agent_marks(trace: Trace, sent: Sequence[Event], ended_us: int) -> tuple[Mark, ...]:
    """`sent` is what the server sent."""
    rate = _bytes_per_s(trace, "agent")
    if not tells(trace, "audio.output"):
        # What such a client hands to its application nobody knows; what it was sent is known.
        return thinned(_in_time(_speech(each, rate, "sent") for each in _stretches(sent, ended_us)), ended_us)
    outputs = [event for event in trace.events if event.kind == "audio.output"]
    heard = _heard(part for event in outputs for part in _audio(event))
    pieces = list(_pieces(sent))
    missing = any(without(joined(piece.part for piece in pieces), heard.parts))
    lost = agent_account(trace).lost_parts if missing else ()
    speech = (_speech(each, rate, "heard") for each in _stretches(outputs, ended_us))
    return thinned(_in_time([*speech, *_wrong(heard, lost, pieces, rate)]), ended_us)


# ── what was said ────────────────────────────────────────────────────────────


def _turns(trace: Trace, ended_us: int, bytes_per_s: int) -> Iterator[Stretch]:
    speaking: Event | None = None
    for event in trace.events:
        if event.kind == "caller.speaking":
            speaking = event
        elif event.kind == "caller.paused" and speaking is not None:
            for part in _audio(event):
                yield Stretch(part=part, from_us=speaking.at_us, to_us=event.at_us)
            speaking = None
    if speaking is not None:
        for begins, _ in _audio(speaking):
            said = (ended_us - speaking.at_us) * bytes_per_s // 1_000_000
            yield Stretch(part=(begins, begins + said), from_us=speaking.at_us, to_us=ended_us)


def _pieces(events: Iterable[Event]) -> Iterator[Stretch]:
    for event in events:
        for part in _audio(event):
            yield Stretch(part=part, from_us=event.at_us, to_us=event.at_us)


def _stretches(events: Iterable[Event], lasted_us: int) -> Iterator[Stretch]:
    """Pieces that follow each other without a pause, as one; its part is as long as all of them together."""
    pause_us = max(PAUSE_US, lasted_us // MARKS_MAX)
    open_: Stretch | None = None
    for piece in _pieces(events):
        if open_ is not None and piece.from_us - open_.to_us <= pause_us:
            size = piece.part[1] - piece.part[0]
            open_ = Stretch(part=(open_.part[0], open_.part[1] + size), from_us=open_.from_us, to_us=piece.from_us)
        else:
            if open_ is not None:
                yield open_
            open_ = piece
    if open_ is not None:
        yield open_


# ── what went wrong with it ──────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard at all, what of it once more, and what for the first time after something that comes later."""

    parts: list[Interval]
    repeated: list[Interval]
    reordered: list[Interval]


def _heard(heard: Iterable[Interval]) -> Heard:
    known: list[Interval] = []
    repeated: list[Interval] = []
    reordered: list[Interval] = []
    furthest = 0
    for part in heard:
        begins, ends = part
        if begins < furthest:
            repeated.extend(common([part], known))
            reordered.extend(without([(begins, min(ends, furthest))], known))
        if known and known[-1][1] == begins:
            known[-1] = (known[-1][0], ends)
        elif begins >= furthest:
            known.append(part)
        else:
            known = joined([*known, part])
        furthest = max(furthest, ends)
    return Heard(parts=known, repeated=repeated, reordered=reordered)


def _wrong(heard: Heard, lost: Iterable[Interval], stretches: Iterable[Stretch], bytes_per_s: int) -> Iterator[Mark]:
    wrong: dict[Tone, Iterable[Interval]] = {"lost": lost, "repeated": heard.repeated, "reordered": heard.reordered}
    ordered = sorted(stretches, key=lambda stretch: stretch.part)
    ends = [stretch.part[1] for stretch in ordered]
    for tone, parts in wrong.items():
        for part in joined(parts):
            for stretch in ordered[bisect_right(ends, part[0]) :]:
                if stretch.part[0] >= part[1]:
                    break
                for piece in common([part], [stretch.part]):
                    from_us, to_us = stretch.during(piece)
                    what = f"{_long(piece, bytes_per_s)} {tone}"
                    yield Mark(from_us=from_us, to_us=to_us, tone=tone, label=what, what=what)


def _speech(stretch: Stretch, bytes_per_s: int, verb: str) -> Mark:
    long = _long(stretch.part, bytes_per_s)
    return Mark(from_us=stretch.from_us, to_us=stretch.to_us, tone="speech", label=long, what=f"{long} {verb}")


def _in_time(marks: Iterable[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda mark: mark.from_us)


def _long(part: Interval, bytes_per_s: int) -> str:
    return lasting((part[1] - part[0]) * 1_000_000 / bytes_per_s)


def _audio(event: Event) -> Iterator[Interval]:
    """The positions that an event carries; other messages may have an `audio` of another kind."""
    parts = event.fields.get("audio")
    for part in parts if isinstance(parts, list | tuple) else ():
        if isinstance(part, list | tuple) and len(part) == 2:
            yield int(part[0]), int(part[1])


def _bytes_per_s(trace: Trace, speaker: str) -> int:
    return trace.header.audio_rates_hz[speaker] * BYTES_PER_SAMPLE
