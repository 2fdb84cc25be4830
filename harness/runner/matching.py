"""Matching events while they happen: the live counterpart of judging an order afterwards."""

from __future__ import annotations

from harness.scenario.model import Matcher
from harness.trace import Event
from harness.trace.query import has_fields

__all__ = ["Counter"]


class Counter:
    """Counts the events that a matcher means, from the moment it was made."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._seen = 0

    def counts(self, event: Event) -> bool:
        """Whether this event is the n-th of its kind, or a later one."""
        if event.kind != self._matcher.event or not has_fields(event, self._matcher.fields):
            return False
        self._seen += 1
        return self._seen >= self._matcher.nth
