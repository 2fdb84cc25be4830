"""The timeline of a run: its lanes, each with as many marks as can be told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.expectations import Judgement
from harness.reports.exhibit import audio, connections, faults, messages, states, waits
from harness.reports.exhibit.broke import broke_us
from harness.reports.exhibit.marks import LANES, Lane, Mark, thinned
from harness.reports.exhibit.said import without_secrets
from harness.scenario.model import Case
from harness.trace import Event, Trace

__all__ = ["Timeline", "timeline"]

IN_OTHER_LANES = frozenset({"audio.output", "run.state"})
OTHER_OWNERS = frozenset({"caller", "fault", "wire"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """`lanes` from the top down, without those that would be empty; `broke_us` is the moment that the first reason names."""

    lasted_us: int
    lanes: tuple[Lane, ...]
    broke_us: int | None = None


def timeline(trace: Trace, case: Case, judgement: Judgement) -> Timeline:
    """Raises whatever a trace makes it raise whose events have other fields than ours have."""
    ended_us = trace.end.at_us if trace.end is not None else trace.events[-1].at_us if trace.events else 0
    spoken = _by_lane(trace.events)
    drawn: dict[str, Iterable[Mark]] = {
        "faults": thinned(_sorted(faults.marks(trace, case, ended_us)), ended_us),
        "state": thinned(_sorted(states.marks(trace, ended_us)), ended_us),
        "connections": thinned(_sorted(connections.marks(trace, ended_us)), ended_us),
        "waits": thinned(_sorted(waits.marks(trace, case.expect.backoff, judgement)), ended_us),
        "server": messages.marks(spoken["server"], ended_us),
        "client": messages.marks(spoken["client"], ended_us),
        "told": messages.marks(spoken["told"], ended_us),
        "caller": audio.caller_marks(trace, spoken["client"], ended_us),
        "agent": audio.agent_marks(trace, spoken["server"], ended_us),
    }
    lanes = (Lane(name=name, marks=tuple(map(_clean, drawn[name]))) for name in LANES)
    return Timeline(lasted_us=ended_us, lanes=tuple(lane for lane in lanes if lane.marks), broke_us=broke_us(judgement))


def _by_lane(events: Iterable[Event]) -> dict[str, list[Event]]:
    """The events of the three lanes of messages. What deadair saw at the client's front door stands with what it told."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        owner = event.owner
        if owner in ("server", "client"):
            found[owner].append(event)
        elif owner not in OTHER_OWNERS and event.kind not in IN_OTHER_LANES:
            found["told"].append(event)
    return found


def _clean(mark: Mark) -> Mark:
    what, label = without_secrets(mark.what), without_secrets(mark.label)
    return mark if what is mark.what and label is mark.label else replace(mark, what=what, label=label)


def _sorted(marks: Iterable[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda mark: mark.from_us)
