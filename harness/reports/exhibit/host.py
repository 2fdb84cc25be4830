"""The host's health: whether its timers were late enough to spoil what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expectations.doubts import lateness_allowed_us
from harness.reports.exhibit.said import without_secrets
from harness.scenario.model import Case
from harness.trace import Trace

__all__ = ["Host", "host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`allowed_us` is what the scenario's times bear; None where it asks for none. On the virtual clock nothing is late."""

    clock: str
    proxy: str
    late_us: int
    allowed_us: int | None
    ended: str
    detail: str = ""

    @property
    def is_too_late(self) -> bool:
        return self.allowed_us is not None and self.late_us > self.allowed_us


def host(trace: Trace, case: Case) -> Host:
    allowed_us = lateness_allowed_us(case.expect)
    return Host(
        clock=trace.header.clock,
        proxy=trace.header.proxy,
        late_us=trace.end.late_us if trace.end is not None else 0,
        allowed_us=None if allowed_us == float("inf") else int(allowed_us),
        ended=without_secrets(trace.end.why) if trace.end is not None else "halfway",
        detail=without_secrets(trace.end.detail) if trace.end is not None else "",
    )
