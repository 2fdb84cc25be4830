"""What the invariants ask of a trace: what was lost, what the client said of it, and when it was told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.scenario.model import Case
from harness.trace import Event, Trace
from harness.trace.query import Attempt, attempts, find

__all__ = ["Drop", "Story"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The end of an open connection that the client had not asked for, before it was told to stop.

    `again` is the next attempt of the client, None if there was none. `seen_by_client` is False where the link went mute
    and nobody closed it: then only time can tell.
    """

    lost: Attempt
    at_us: int
    index: int
    again: Attempt | None


class Story:
    """One trace, as the invariants read it. Everything here is computed once, when it is first asked for."""

    def __init__(self, trace: Trace, case: Case) -> None:
        self.trace = trace
        self.case = case

    # ── the client under test ────────────────────────────────────────────────

    @property
    def reconnects(self) -> bool:
        """Whether the client has a reconnect layer. A library that has none by design is not blamed for lacking it."""
        return bool(self.trace.header.client.get("reconnects", True))

    def tells(self, kind: str) -> bool:
        """Whether the client could have told events of this kind: what nobody can say cannot be missed."""
        told = self.trace.header.client.get("tells")
        return told is None or kind in told or f"{kind.partition('.')[0]}.*" in told

    # ── the run ──────────────────────────────────────────────────────────────

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        return attempts(self.trace)

    @cached_property
    def ended_us(self) -> int:
        """The last moment of which the trace knows."""
        if self.trace.end is not None:
            return self.trace.end.at_us
        return self.trace.events[-1].at_us if self.trace.events else 0

    @cached_property
    def stop(self) -> Event | None:
        """`disconnect()` was called."""
        return next(iter(find(self.trace, "run.disconnecting")), None)

    @cached_property
    def stop_index(self) -> int:
        """The stop's place among the events; past the last one where there was none."""
        return len(self.trace.events) if self.stop is None else self.trace.events.index(self.stop)

    @cached_property
    def failed(self) -> Event | None:
        """The client's last word: it has given up."""
        return next(iter(find(self.trace, "connection.failed")), None)

    @cached_property
    def drops(self) -> tuple[Drop, ...]:
        return tuple(self._drops())

    def after(self, index: int, *kinds: str) -> Event | None:
        """The first event of these kinds behind this place."""
        return next((event for event in self.trace.events[index + 1 :] if event.kind in kinds), None)

    def lasted_to(self, at_us: int) -> bool:
        """Whether the run went on to this moment without the client being told to stop: else nothing can be said."""
        until_us = self.ended_us if self.stop is None else self.stop.at_us
        return until_us >= at_us

    def _drops(self) -> Iterator[Drop]:
        for attempt in self.attempts:
            end, index = attempt.end, attempt.end_index
            if end is None or index is None or attempt.opened_us is None or index > self.stop_index:
                continue
            if end.kind not in ("wire.closed", "wire.reset") or end.fields.get("by") == "client":
                continue
            again = next((other for other in self.attempts if other.began_index > index), None)
            yield Drop(lost=attempt, at_us=end.at_us, index=index, again=again)
