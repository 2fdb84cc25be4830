"""Shapes: what a run was like, without what differs between two equal runs. Pure functions of a trace and its judgement."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from harness.expectations import Judgement, Verdict
from harness.expectations.audio import agent_account, caller_account
from harness.expectations.backoff import waits
from harness.trace import Event, Trace

__all__ = ["Order", "Shape", "broken_shape", "shape"]

WORDS_MAX = 200
"""Of an order that floods; the mark is made of all of it."""

MARK_CHARACTERS = 12

BYTES_PER_SAMPLE = 2

ON_THE_WAY = ("run.connecting", "run.connected", "run.state")
"""What the harness does itself, each time; and states, which say over again what the events beside them said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """In which order things happened: the words of the first ones, and a mark of all of them. Two orders are equal if
    their marks are. `words` may be empty where only the mark was kept."""

    words: tuple[str, ...] = field(compare=False, default=())
    mark: str = ""

    @classmethod
    def of(cls, words: Iterable[str]) -> Order:
        every = tuple(words)
        digest = hashlib.sha256("\n".join(every).encode("utf-8", errors="backslashreplace")).hexdigest()
        return cls(words=every[:WORDS_MAX], mark=digest[:MARK_CHARACTERS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one run was like, or several that were alike.

    Attributes:
        sentence: Why it did not pass; empty for a pass.
        broken: The expectations that failed, by their keys and numbers.
        order: The client's `connection.*` and `session.*` events, its errors, the wire and the faults.
        sent: The messages that the client sent, connection by connection, repeats once.
        waits_us: From each failure to the next attempt; on the virtual clock only, where it is exact.
        audio_us: What was lost and repeated, by whose and what it was (`caller lost`); on the virtual clock only. What is
            0 is left out.
    """

    verdict: Verdict
    sentence: str = ""
    broken: tuple[str, ...] = ()
    order: Order = field(default_factory=Order)
    sent: Order = field(default_factory=Order)
    waits_us: tuple[int, ...] = ()
    audio_us: Mapping[str, int] = field(default_factory=dict)


def shape(trace: Trace, judgement: Judgement) -> Shape:
    """The shape of a run that was recorded. Times are part of it on the virtual clock only; on the real one no two are equal."""
    exact = trace.header.clock == "virtual"
    reasons = judgement.reasons
    return Shape(
        verdict=judgement.verdict,
        sentence=reasons[0].sentence if reasons else "",
        broken=tuple(dict.fromkeys(reason.expectation for reason in reasons)),
        order=Order.of(_in_a_row((_word(event) for event in trace.events if _is_told(event)), counted=exact)),
        sent=Order.of(_sent(trace)),
        waits_us=tuple(wait.lasted_us for wait in waits(trace)) if exact else (),
        audio_us=dict(_audio(trace)) if exact else {},
    )


def broken_shape(sentence: str) -> Shape:
    """Of a run of which there is no whole trace."""
    return Shape(verdict=Verdict.INCONCLUSIVE, sentence=sentence, broken=("run",))


# ── in which order ───────────────────────────────────────────────────────────


def _is_told(event: Event) -> bool:
    return (
        event.owner in ("connection", "session", "wire", "fault", "run") or event.kind == "error"
    ) and event.kind not in ON_THE_WAY


def _word(event: Event) -> str:
    """The event with those of its fields that say which one it is."""
    fields = event.fields
    match event.kind:
        case "wire.refused":
            return _joined(event.kind, fields.get("status"))
        case "wire.closed":
            return _joined(event.kind, fields.get("code"), "by", fields.get("by"))
        case "wire.reset":
            return _joined(event.kind, "by", fields.get("by"))
        case "wire.ready":
            return _joined(event.kind, "resumed" if fields.get("resumed") else None)
        case "connection.reconnecting":
            return _joined(event.kind, fields.get("attempt"))
        case kind:
            return kind


def _joined(*parts: object) -> str:
    return " ".join(str(part)[:80] for part in parts if part is not None)


def _sent(trace: Trace) -> Iterator[str]:
    by_connection: dict[int | None, list[str]] = {}
    for event in trace.events:
        if event.owner == "client":
            by_connection.setdefault(event.connection, []).append(event.kind)
    for connection, kinds in by_connection.items():
        yield f"connection {connection}"
        yield from _in_a_row(kinds, counted=False)


def _in_a_row(words: Iterable[str], *, counted: bool) -> Iterator[str]:
    """What comes several times in a row once: how many errors a second of outage brings is noise on the real clock."""
    for word, same in groupby(words):
        times = sum(1 for _ in same)
        yield f"{word} ×{times}" if counted and times > 1 else word


# ── audio ────────────────────────────────────────────────────────────────────


def _audio(trace: Trace) -> Iterator[tuple[str, int]]:
    for speaker, account in (("caller", caller_account(trace)), ("agent", agent_account(trace))):
        bytes_per_s = trace.header.audio_rates_hz[speaker] * BYTES_PER_SAMPLE
        for what, size in (("lost", account.lost), ("repeated", account.repeated)):
            if size:
                yield f"{speaker} {what}", round(size * 1_000_000 / bytes_per_s)
