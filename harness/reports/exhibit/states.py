"""The lane of the client's states: what it said of itself, from one change to the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.reports.exhibit.marks import Mark, Tone
from harness.trace import Trace
from harness.trace.query import state_changes

__all__ = ["marks"]

TONES: dict[str, Tone] = {
    "connecting": "busy",
    "connected": "good",
    "active": "good",
    "disconnecting": "busy",
    "error": "bad",
}


def marks(trace: Trace, ended_us: int) -> Iterator[Mark]:
    changes = state_changes(trace)
    for (from_us, state), (to_us, _) in pairwise([*changes, (ended_us, "")]):
        if to_us > from_us:
            yield Mark(from_us=from_us, to_us=to_us, tone=TONES.get(state, "dim"), label=state[:40], what=state[:200])
