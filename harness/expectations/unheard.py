"""Unheard: what a scenario expects of a client that does not tell such things.

A client may be a program that says nothing at all. Then events that only it could tell can be neither asked for nor missed:
what is expected of them is left out, and that is said. All the rest is judged by the wire.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.finding import Finding, kept, undecided
from harness.scenario.model import AudioBounds, Case, Line, Matcher, Order, Timing
from harness.trace import Trace
from harness.trace.query import fault_spans

__all__ = ["heard", "tells"]

NAME = "client"

ALWAYS_KNOWN = frozenset({"caller", "client", "fault", "run", "server", "wire"})
"""Owners of what harness, proxy and mock see themselves."""


def tells(trace: Trace, kind: str) -> bool:
    """Whether an event of this kind would be in the trace if it had happened."""
    owner = kind.partition(".")[0]
    told = trace.header.client.get("tells")
    return owner in ALWAYS_KNOWN or told is None or kind in told or f"{owner}.*" in told


def heard(case: Case, trace: Trace) -> tuple[Case, tuple[Finding, ...]]:
    """The case without what cannot be known of its client, and what is to be said about that."""
    if trace.header.client.get("tells") is None:
        return case, ()
    left_out: dict[str, None] = {}
    expect = case.expect
    order = _order(expect.order, trace, left_out)
    count = {kind: bound for kind, bound in expect.count.items() if _known(kind, trace, left_out)}
    audio = expect.audio
    if audio is not None and audio.agent is not None and not _known("audio.output", trace, left_out):
        audio = audio.model_copy(update={"agent": AudioBounds()})
    timing = expect.timing
    if timing is not None and timing.first_audio and not _known("audio.output", trace, left_out):
        timing = Timing(**{**timing.model_dump(), "first_audio": {}})
    faults = tuple(_faults(case, trace))
    update = {"order": order, "count": count, "audio": audio, "timing": timing}
    reduced = case.model_copy(
        update={
            "expect": expect.model_copy(update=update),
            "faults": tuple(
                fault.model_copy(update={"allow_unfired": True}) if fault.id in dict(faults) else fault
                for fault in case.faults
            ),
        }
    )
    found = [finding for _, finding in faults]
    if left_out:
        found.append(kept(NAME, f"this client does not tell {', '.join(left_out)}: nothing was expected of that"))
    return reduced, tuple(found)


def _known(kind: str, trace: Trace, left_out: dict[str, None]) -> bool:
    if tells(trace, kind):
        return True
    left_out[kind] = None
    return False


def _order(order: Order | None, trace: Trace, left_out: dict[str, None]) -> Order | None:
    if order is None:
        return None
    lines: list[Line] = []
    above_is_known = True
    for each in order.lines:
        line = _line(each, trace, left_out)
        if line is not None:
            # Times between two lines say nothing where one of them is missing.
            lines.append(line if above_is_known else line.model_copy(update={"gap": None, "within_us": None}))
        above_is_known = line == each
    return order.model_copy(update={"lines": tuple(lines)}) if lines else None


def _line(line: Line, trace: Trace, left_out: dict[str, None]) -> Line | None:
    if line.match is not None:
        return line if _known(line.match.event, trace, left_out) else None
    members = tuple(member for member in line.any_order if _known(member.event, trace, left_out))
    return line.model_copy(update={"any_order": members}) if members else None


def _faults(case: Case, trace: Trace) -> Iterator[tuple[str, Finding]]:
    """The faults that waited for what this client never says."""
    waits_in_vain: dict[str, None] = {}
    for fault in case.faults:
        when = fault.trigger.when
        if fault_spans(trace, fault.id) or when is None:
            continue
        after = when.event.split(".")[1] if when.event.startswith("fault.") else ""
        if not tells(trace, when.event) or after in waits_in_vain:
            waits_in_vain[fault.id] = None
            yield fault.id, undecided(NAME, f"{fault.id} waits for {_named(when)}, which this client does not tell")


def _named(matcher: Matcher) -> str:
    return matcher.event
