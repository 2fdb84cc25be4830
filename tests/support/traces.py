"""Traces written by hand, as short as the story that they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.scenario.model import Case, Expect, Fault
from harness.scenario.model import End as ExpectedEnd
from harness.trace import End, Event, Header, Trace

__all__ = ["CALLER_HZ", "TraceBuilder", "case"]

CALLER_HZ = 16_000
AGENT_HZ = 24_000


def case(*, faults: tuple[Fault, ...] = (), session: Mapping[str, Any] | None = None, **expect: Any) -> Case:
    """A case that expects what is given, and `active` at 60 s at the latest."""
    expect.setdefault("end", ExpectedEnd(state="active", by_us=60_000_000))
    return Case(
        id="calls.yaml::a call",
        place="calls.yaml:1",
        scenario="a call",
        provider="openai-realtime",
        session=dict(session or {}),
        faults=faults,
        expect=Expect(**expect),
    )


class TraceBuilder:
    """`at(1.5).saw("wire.attempt", connection=1)`: times in seconds; each call goes on where the last one stood."""

    def __init__(self, asked: Case | None = None) -> None:
        self._case = asked or case()
        self._now_us = 0
        self._events: list[Event] = []

    def at(self, seconds: float) -> TraceBuilder:
        self._now_us = round(seconds * 1e6)
        return self

    def saw(self, kind: str, connection: int | None = None, /, **fields: Any) -> TraceBuilder:
        self._events.append(Event(at_us=self._now_us, kind=kind, connection=connection, fields=fields))
        return self

    def connects(self, connection: int = 1, *, resumed: bool = False) -> TraceBuilder:
        """An attempt that becomes ready in no time."""
        self.saw("wire.attempt", connection, endpoint="session")
        self.saw("wire.open", connection, path="/v1", query=[])
        self.saw("wire.ready", connection, resumed=resumed)
        return self

    def refused(self, connection: int) -> TraceBuilder:
        """An attempt that TCP refuses in no time."""
        self.saw("wire.attempt", connection, endpoint="session")
        return self.saw("wire.refused", connection, status=None)

    def state(self, state: str) -> TraceBuilder:
        return self.saw("run.state", state=state)

    def said(self, from_byte: int, to_byte: int) -> TraceBuilder:
        """The caller says this part of their stream, beginning now."""
        self.saw("caller.speaking", audio=[[from_byte, from_byte]])
        self._now_us += (to_byte - from_byte) * 1_000_000 // (2 * CALLER_HZ)
        return self.saw("caller.paused", audio=[[from_byte, to_byte]])

    def trace(self) -> Trace:
        """What was built so far, without a last line."""
        return Trace(header=self.header, events=tuple(self._events), end=None)

    def ends(self, why: str = "settled", *, detail: str = "", late_us: int = 0) -> Trace:
        end = End(at_us=self._now_us, why=why, detail=detail, late_us=late_us)
        return Trace(header=self.header, events=tuple(self._events), end=end)

    @property
    def header(self) -> Header:
        return Header(
            case=self._case.model_dump(mode="json"),
            seed=42,
            clock="virtual",
            proxy="embedded",
            audio_rates_hz={"caller": CALLER_HZ, "agent": AGENT_HZ},
        )
