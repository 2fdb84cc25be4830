"""What must hold: `expect` as it is written, each block its reader.

A block that is there and asks for nothing is a mistake: it looks like a check and is none. `end` alone is a check: the
call must come to that state in time.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.scenario.events import event_and_options, event_name, matcher
from harness.scenario.invariants import invariants
from harness.scenario.model import (
    Audio,
    AudioBounds,
    Backoff,
    Bound,
    End,
    Expect,
    Line,
    Matcher,
    Never,
    Order,
    SessionExpectation,
    Timing,
    Tolerance,
)
from harness.scenario.quantities import bound_count, bound_us, duration_us, tolerance
from harness.scenario.reading import (
    Fields,
    Reader,
    Reading,
    Unread,
    boolean,
    choice,
    each,
    quantity,
)
from harness.scenario.source import Listing, Node, Table

__all__ = [
    "AGENT_AUDIO_FIELDS", "AUDIO_FIELDS", "BACKOFF_FIELDS", "END_FIELDS", "FIELDS", "SESSION_FIELDS", "STATES", "STATISTICS", "TIMING_FIELDS", "expect",
]  # fmt: skip

FIELDS = ("order", "backoff", "never", "count", "audio", "session", "timing", "invariants", "end")
BACKOFF_FIELDS = ("waits", "each", "retry_after")
AUDIO_FIELDS = ("lost", "repeated", "reordered", "unfinalised")
AGENT_AUDIO_FIELDS = AUDIO_FIELDS[:3]
SESSION_FIELDS = ("restored", "resumed", "history")
TIMING_FIELDS = ("first_audio", "detected", "recovered", "stopped")
STATISTICS = ("p50", "p90", "p95", "p99", "max")
END_FIELDS = ("state", "by", "hold")
STATES = ("active", "error", "disconnected")

_LINE_OPTIONS = ("gap", "within", "optional")
_NEVER_OPTIONS = ("until",)
_EXAMPLE = "for example 'end: {state: active, by: 30s}'"


def expect(node: Node, reading: Reading) -> Expect:
    fields = reading.fields(node, thing="'expect'", takes=FIELDS, see="What must hold")
    order = fields.get("order", _order, None)
    backoff = fields.get("backoff", _backoff, None)
    never = fields.get("never", _nevers, ())
    count: dict[str, Bound] = fields.get("count", _counts, {})
    audio = fields.get("audio", _audio, None)
    session = fields.get("session", _session, None)
    timing = fields.get("timing", _timing, None)
    excepted, limits = fields.get("invariants", invariants, ((), None))
    end = fields.need("end", _end, hint=f"when is the call over, and how? {_EXAMPLE[12:]}")
    fields.check()
    return Expect(
        order=order,
        backoff=backoff,
        never=never,
        count=count,
        audio=audio,
        session=session,
        timing=timing,
        invariants_except=excepted,
        limits=limits,
        end=end,
    )


# ── events ───────────────────────────────────────────────────────────────────


def _order(node: Node, reading: Reading) -> Order:
    if not isinstance(node, Table):
        return Order(lines=_lines(node, reading))
    fields = reading.fields(node, thing="'order'", takes=("exactly", "events"), see="Order")
    exactly = fields.get("exactly", boolean, False)
    lines = fields.need("events", _lines)
    fields.check()
    return Order(lines=lines, exactly=exactly)


def _lines(node: Node, reading: Reading) -> tuple[Line, ...]:
    lines = each(_line, of="events")(node, reading)
    _not_empty(lines, node, reading, "order")
    if lines[0].gap is not None:
        assert isinstance(node, Listing)
        what = "a gap is measured since the line above, and this is the first line"
        raise reading.wrong(node.items[0].place, what, "ask for it in another line")
    return lines


def _line(node: Node, reading: Reading) -> Line:
    if isinstance(node, Table) and node.get("any_order") is not None:
        return _group(node, reading)
    match, fields = event_and_options(node, reading, options=_LINE_OPTIONS)
    if fields is None:
        return Line(match=match)
    return _placed(fields, match=match)


def _group(node: Table, reading: Reading) -> Line:
    fields = reading.fields(node, thing="'any_order'", takes=("any_order", *_LINE_OPTIONS), see="Order")
    group = fields.need("any_order", each(matcher, of="events"))
    fields.check()
    _not_empty(group, node, reading, "any_order")
    return _placed(fields, any_order=group)


def _placed(fields: Fields, *, match: Matcher | None = None, any_order: tuple[Matcher, ...] = ()) -> Line:
    gap = fields.get("gap", quantity(bound_us), None)
    within_us = fields.get("within", quantity(duration_us), None)
    optional = fields.get("optional", boolean, False)
    fields.check()
    return Line(match=match, any_order=any_order, optional=optional, gap=gap, within_us=within_us)


def _nevers(node: Node, reading: Reading) -> tuple[Never, ...]:
    nevers = each(_never, of="events")(node, reading)
    _not_empty(nevers, node, reading, "never")
    return nevers


def _never(node: Node, reading: Reading) -> Never:
    match, fields = event_and_options(node, reading, options=_NEVER_OPTIONS)
    if fields is None:
        return Never(match=match)
    until = fields.get("until", matcher, None)
    fields.check()
    return Never(match=match, until=until)


def _counts(node: Node, reading: Reading) -> dict[str, Bound]:
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "'count' is written as {event: how often}", "for example {wire.attempt: 6}")
    _not_empty(node.entries, node, reading, "count")
    counts: dict[str, Bound] = {}
    unread = False
    for entry in node.entries:
        try:
            counts[event_name(entry.key, reading)] = quantity(bound_count)(entry.value, reading)
        except Unread:
            unread = True
    if unread:
        raise Unread
    return counts


# ── waits ────────────────────────────────────────────────────────────────────


def _backoff(node: Node, reading: Reading) -> Backoff:
    fields = reading.fields(node, thing="'backoff'", takes=BACKOFF_FIELDS, see="Waits")
    waits_us = fields.get("waits", each(quantity(duration_us), of="durations"), ())
    tolerated = fields.get("each", quantity(tolerance), Tolerance(share_min=0.95, share_max=1.05))
    retry_after = fields.get("retry_after", choice("obeyed"), None)
    if fields.has("each") and not fields.has("waits"):
        fields.note(fields.place_of("each"), "'each' says how far a wait may be off, and there are no 'waits'")
    fields.check()
    _asks(fields, waits_us or retry_after)
    return Backoff(waits_us=waits_us, each=tolerated, retry_after_obeyed=retry_after is not None)


# ── audio, session, timing ───────────────────────────────────────────────────


def _audio(node: Node, reading: Reading) -> Audio:
    fields = reading.fields(node, thing="'audio'", takes=("caller", "agent"), see="Audio")
    caller = fields.get("caller", _bounds("caller", AUDIO_FIELDS), None)
    agent = fields.get("agent", _bounds("agent", AGENT_AUDIO_FIELDS), None)
    fields.check()
    _asks(fields, caller or agent)
    return Audio(caller=caller, agent=agent)


def _bounds(speaker: str, takes: tuple[str, ...]) -> Reader[AudioBounds]:
    def read(node: Node, reading: Reading) -> AudioBounds:
        fields = reading.fields(node, thing=f"'{speaker}'", takes=takes, see="Audio")
        bounds = {name: fields.get(name, quantity(bound_us), None) for name in takes}
        fields.check()
        _asks(fields, fields.entries)
        return AudioBounds.model_validate(bounds)

    return read


def _session(node: Node, reading: Reading) -> SessionExpectation:
    fields = reading.fields(node, thing="'session'", takes=SESSION_FIELDS, see="Session")
    restored = fields.get("restored", boolean, None)
    resumed = fields.get("resumed", boolean, None)
    history = fields.get("history", choice("kept"), None)
    fields.check()
    _asks(fields, fields.entries)
    return SessionExpectation(restored=restored, resumed=resumed, history_kept=True if history else None)


def _timing(node: Node, reading: Reading) -> Timing:
    fields = reading.fields(node, thing="'timing'", takes=TIMING_FIELDS, see="Timing")
    first_audio: dict[str, Bound] = fields.get("first_audio", _statistics, {})
    detected = fields.get("detected", quantity(bound_us), None)
    recovered = fields.get("recovered", quantity(bound_us), None)
    stopped = fields.get("stopped", quantity(bound_us), None)
    fields.check()
    _asks(fields, fields.entries)
    return Timing(first_audio=first_audio, detected=detected, recovered=recovered, stopped=stopped)


def _statistics(node: Node, reading: Reading) -> dict[str, Bound]:
    fields = reading.fields(node, thing="'first_audio'", takes=STATISTICS, see="Timing")
    bounds = {name: fields.get(name, quantity(bound_us), None) for name in STATISTICS}
    fields.check()
    _asks(fields, fields.entries)
    return {name: bound for name, bound in bounds.items() if bound is not None}


# ── end ──────────────────────────────────────────────────────────────────────


def _end(node: Node, reading: Reading) -> End:
    fields = reading.fields(node, thing="'end'", takes=END_FIELDS, see="The end")
    state = fields.need("state", choice(*STATES), hint=f"one of {', '.join(STATES)}")
    by_us = fields.need("by", quantity(duration_us), hint="every run has a last moment: 'by: 30s'")
    hold_us = fields.get("hold", quantity(duration_us), 1_000_000)
    fields.check()
    if by_us == 0:
        raise reading.wrong(fields.entries["by"].value.place, "a run that must be over at its beginning checks nothing")
    return End(state=state, by_us=by_us, hold_us=hold_us)


def _not_empty(items: Iterable[object], node: Node, reading: Reading, name: str) -> None:
    if not tuple(items):
        raise reading.wrong(node.place, f"this '{name}' is empty: it checks nothing", "fill it, or leave it out")


def _asks(fields: Fields, asked: object) -> None:
    if not asked:
        fields.note(fields.place, f"this {fields.thing} is empty: it checks nothing", "fill it, or leave it out")
    fields.check()
