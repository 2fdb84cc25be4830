"""From a trace to the script of its replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from harness.replay.script import (
    Await,
    Begin,
    Connection,
    Cut,
    Deed,
    Hang,
    Lift,
    Note,
    Open,
    Ready,
    Refused,
    Say,
    Script,
    Silent,
    Step,
)
from harness.scenario import Case
from harness.scenario.model import (
    BadFrame,
    Blackhole,
    CloseFrame,
    DelayPongs,
    Fault,
    Garble,
    Http,
    MutePings,
    RotateKey,
    Stall,
    StopReading,
    Tls,
    ToxicAction,
)
from harness.trace import Event, Trace, TraceError

__all__ = ["audible", "script_of"]

DONE_AGAIN = (ToxicAction, Blackhole, BadFrame, MutePings, DelayPongs, StopReading)
"""What a message-for-message replay would not have: it acts on bytes on their way, on pings, or on what is read."""

NOT_REPLAYED = (Tls, RotateKey)
"""What depends on keys and certificates, which no trace has."""

ENDS = ("wire.closed", "wire.reset", "wire.refused", "wire.abandoned")
SENT_BY_BAD_FRAMES = ("oversize", "fragmented")
"""Bad frames that carry a valid message, which the mock tells like any other."""

AUDIO_BYTES_MAX = 16 * 1024 * 1024
"""Of one message; the mocks take no longer ones themselves, and a trace may come from anywhere."""

STREAM_BYTES_MAX = 8 << 40
"""As far as positions can be told (`harness.trace.positions`)."""

WAIT_US_MAX = 365 * 24 * 3600 * 1_000_000

TOLD_WITHIN_US = 1_000
"""So soon after the fault; on the real clock writing the frame takes a moment."""


def script_of(trace: Trace) -> Script:
    """What the server, the proxy and the faults did in this run.

    Raises:
        TraceError: If this deadair cannot read its case, or it is about keys or certificates.
    """
    try:
        case = Case.model_validate(trace.header.case)
    except ValueError as error:
        raise TraceError(f"this deadair cannot read the case of this trace: {str(error)[:300]}") from error
    for fault in case.faults:
        if isinstance(fault.do, NOT_REPLAYED):
            raise TraceError(
                f"the fault '{fault.id}' is about keys or certificates, which a trace does not have: "
                "it cannot be replayed. Play it again: deadair rerun"
            )
    reading = _Reading({fault.id: fault for fault in case.faults})
    for event in trace.events:
        reading.take(event)
    settled = trace.end is not None and trace.end.why == "settled"
    return replace(reading.script(), settled_us=trace.end.at_us if settled and trace.end is not None else None)


def audible(trace: Trace) -> Trace:
    """The trace without what was said on connections that were over: it reached nobody, and is not said again."""
    over: set[int | None] = set()
    kept: list[Event] = []
    for event in trace.events:
        if event.kind in ENDS:
            over.add(event.connection)
        if event.owner not in ("server", "client") or event.connection is None or event.connection not in over:
            kept.append(event)
    return replace(trace, events=tuple(kept))


class _Reading:
    """Goes through a trace once, and keeps what was open, what was in force, and what had been heard."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self._faults = faults
        self._attempts: dict[int, _Attempt] = {}
        self._between: list[Note] = []
        self._unfired: dict[str, str] = {}
        self._in_force: dict[str, Fault] = {}
        self._garbled: dict[str, float] = {}
        self._notes = 0
        self._last_wire: Event | None = None

    def take(self, event: Event) -> None:
        subject, _, word = event.kind.partition(".")
        attempt = self._attempts.get(event.connection or 0)
        match subject:
            case "fault":
                self._fault(event)
            case "server" if attempt is not None and attempt.is_open:
                self._said(attempt, event, word)
            case "client" if attempt is not None and "audio" in event.fields:
                attempt.audio_us = event.at_us
            case "client" if attempt is not None:
                attempt.heard(word, event.at_us)
            case "wire" if event.connection is not None:
                self._wire(event, event.connection, attempt)

    def script(self) -> Script:
        connections = tuple(attempt.outcome() for attempt in self._attempts.values())
        return Script(connections=connections, between=tuple(self._between), unfired=self._unfired)

    # ── the wire ─────────────────────────────────────────────────────────────

    def _wire(self, event: Event, connection: int, attempt: _Attempt | None) -> None:
        if event.kind == "wire.attempt":
            self._attempts[connection] = _Attempt(event.at_us, stalled=self._stalls("tcp"))
        elif attempt is None or attempt.is_over:
            return
        elif event.kind == "wire.open":
            attempt.opened_us = event.at_us
            attempt.is_deaf = self._stalls("upgrade")
        elif event.kind == "wire.ready":
            attempt.add(Ready(resumed=bool(event.fields.get("resumed"))), event.at_us)
        elif event.kind in ENDS:
            self._ended(event, connection, attempt)
        self._last_wire = event

    def _ended(self, event: Event, connection: int, attempt: _Attempt) -> None:
        match event.kind, event.fields.get("by"):
            case "wire.refused", _:
                attempt.refused = self._refused(event.fields)
            case ("wire.closed" | "wire.reset") as kind, "proxy":
                cut = Cut(connection=connection, reset=kind == "wire.reset")
                attempt.add(self._note(do=cut), event.at_us)
            case "wire.reset", "server":
                attempt.add(Hang(code=1006, reset=True), event.at_us)
            case "wire.closed", "server" if not attempt.is_mute:
                code, reason = event.fields.get("code"), event.fields.get("reason", "")
                attempt.add(Hang(code=code if _can_be_sent(code) else 1006, reason=str(reason)), event.at_us)
        attempt.is_over = True

    def _refused(self, fields: Mapping[str, Any]) -> Refused:
        status, after_us = fields.get("status"), fields.get("retry_after_us")
        if status is not None and not _is_within(status, 300, 599):
            status = 503
        after_us = after_us if _is_within(after_us, 0, WAIT_US_MAX) else None
        plain = Refused(status=status, retry_after_us=after_us)
        did_it = [f.do for f in self._in_force.values() if isinstance(f.do, Http) and f.do.status == status]
        if not did_it:
            return plain
        return replace(plain, form=did_it[-1].form, headers=did_it[-1].headers, body=did_it[-1].body)

    # ── what was said ────────────────────────────────────────────────────────

    def _said(self, attempt: _Attempt, event: Event, name: str) -> None:
        if attempt.skips_at_us is not None and event.at_us - attempt.skips_at_us <= TOLD_WITHIN_US:
            attempt.skips_at_us = None
            return
        fields = {key: value for key, value in event.fields.items() if key != "audio"}
        audio = _positions(event.fields["audio"]) if "audio" in event.fields else None
        if audio is None:
            # Some messages have a field of that name which is not ours.
            fields, audio = dict(event.fields), ()
        left = self._garbled.get(name, 0)
        self._garbled[name] = left - 1
        attempt.add(Say(name=name, fields=fields, audio=audio, garbled=left > 0), event.at_us)

    # ── faults ───────────────────────────────────────────────────────────────

    def _fault(self, event: Event) -> None:
        id_, _, what = event.kind.removeprefix("fault.").partition(".")
        fault = self._faults.get(id_)
        if fault is None:
            return
        if what == "unfired":
            self._unfired[id_] = str(event.fields.get("why", ""))
            return
        if what and _stalls(fault, "upgrade"):
            for attempt in self._attempts.values():
                attempt.hears_again(event.at_us)
        # A cut by the proxy is told after its fault; the last connection that is open is the one that was meant.
        open_ = [number for number, attempt in self._attempts.items() if attempt.is_open]
        number = event.connection if event.connection in open_ else open_[-1] if open_ else None
        do = self._begun(fault, event.connection or number) if not what else self._healed(fault)
        note = self._note(kind=event.kind, fields=event.fields, connection=event.connection, do=do)
        if number is not None:
            attempt = self._attempts[number]
            attempt.add(note, event.at_us)
            if isinstance(fault.do, BadFrame) and fault.do.frame in SENT_BY_BAD_FRAMES and not what:
                attempt.skips_at_us = event.at_us
            if isinstance(fault.do, CloseFrame) and fault.do.never_answer and not what:
                attempt.is_mute = True
            return
        last = self._last_wire
        if last is not None and last.connection is not None:
            note = replace(note, after=(last.kind, last.connection), after_us=event.at_us - last.at_us)
        else:
            note = replace(note, after_us=event.at_us)
        self._between.append(note)

    def _begun(self, fault: Fault, connection: int | None) -> Begin | None:
        self._in_force[fault.id] = fault
        if isinstance(fault.do, Garble):
            self._garbled[fault.do.event] = fault.times or float("inf")
        if _stalls(fault, "tcp"):
            for attempt in self._attempts.values():
                attempt.stalled = True
        is_mute = isinstance(fault.do, CloseFrame) and fault.do.never_answer
        if is_mute or isinstance(fault.do, DONE_AGAIN):
            return Begin(fault_id=fault.id, do=fault.do, on=connection)
        return None

    def _healed(self, fault: Fault) -> Lift | None:
        self._in_force.pop(fault.id, None)
        if isinstance(fault.do, Garble):
            self._garbled.pop(fault.do.event, None)
        return Lift(fault_id=fault.id) if isinstance(fault.do, DONE_AGAIN) else None

    def _stalls(self, phase: str) -> bool:
        return any(_stalls(fault, phase) for fault in self._in_force.values())

    def _note(self, **values: Any) -> Note:
        self._notes += 1
        return Note(number=self._notes, **values)


class _Attempt:
    """One attempt to connect, as far as the trace was read."""

    def __init__(self, began_us: int, *, stalled: bool) -> None:
        self.opened_us: int | None = None
        self.refused: Refused | None = None
        self.is_over = False
        self.is_mute = False
        self.skips_at_us: int | None = None
        self.audio_us: int | None = None
        self.stalled = stalled
        self.is_deaf = False
        self._deaf_us: int | None = None
        self._began_us = began_us
        self._steps: list[Step] = []
        self._counted: Counter[str] = Counter()
        self._last_heard: tuple[str, int, int] | None = None

    @property
    def is_open(self) -> bool:
        return self.opened_us is not None and not self.is_over

    def heard(self, name: str, at_us: int) -> None:
        self._counted[name] += 1
        self._last_heard = name, self._counted[name], at_us

    def add(self, deed: Deed, at_us: int) -> None:
        if self.opened_us is None:
            return
        if at_us == self.audio_us:
            # A fault that waits for a frame of audio comes behind it. Clients cut audio as they like, so frames are not
            # counted; but what came at one instant keeps its order.
            at_us += 1
        awaits = None
        if self._last_heard is not None:
            name, nth, heard_us = self._last_heard
            awaits = Await(name=name, nth=nth, after_us=at_us - heard_us)
        self._steps.append(Step(deed=deed, at_us=at_us - self.opened_us, awaits=awaits))

    def outcome(self) -> Connection:
        if self.refused is not None:
            return self.refused
        if self.opened_us is None:
            return Silent()
        steps = tuple(self._steps)
        if self._deaf_us is not None:
            return Open(steps=tuple(_earlier(self._steps, self._deaf_us)), held="upgrade", held_us=self._deaf_us)
        if self.is_deaf:
            return Open(steps=steps, held="upgrade")
        if self.stalled:
            return Open(steps=steps, held="tcp", held_us=self.opened_us - self._began_us)
        return Open(steps=steps)

    def hears_again(self, at_us: int) -> None:
        """The server reads on, and what it does from here on counts from here."""
        if self.is_deaf and self._deaf_us is None and self.opened_us is not None and not self.is_over:
            self._deaf_us = at_us - self.opened_us


def _earlier(steps: Iterable[Step], by_us: int) -> Iterator[Step]:
    return (replace(step, at_us=max(0, step.at_us - by_us)) for step in steps)


def _stalls(fault: Fault, phase: str) -> bool:
    return isinstance(fault.do, Stall) and fault.do.phase == phase


def _can_be_sent(code: Any) -> TypeGuard[int]:
    """Whether this is a close code that a frame can have (RFC 6455, 7.4, and its registry), or 1005, which stands for none."""
    return _is_within(code, 1000, 4999) and (code <= 1014 or code >= 3000) and code not in (1004, 1006)


def _is_within(value: Any, low: int, high: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _positions(value: Any) -> tuple[tuple[int, int], ...] | None:
    """Positions in a stream, or None if this is something else, or more than any message can carry."""
    if not isinstance(value, list | tuple) or not all(_is_interval(one) for one in value):
        return None
    positions = tuple((int(start), int(end)) for start, end in value)
    return positions if sum(end - start for start, end in positions) <= AUDIO_BYTES_MAX else None


def _is_interval(value: Any) -> bool:
    match value:
        case [start, end]:
            return _is_within(start, 0, STREAM_BYTES_MAX) and _is_within(end, start, STREAM_BYTES_MAX)
    return False
