"""Timeout: nothing gets through any more, and after a while the connection is closed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["Timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout(Toxic):
    """All bytes are dropped; the connection ends `timeout` milliseconds after the toxic came upon it, 0: never.

    A peer that hangs up is still heard of (measured on Toxiproxy 2.12.0). Taking the toxic off a connection closes it,
    since its stream has a hole. Toxiproxy starts the time anew with each dropped chunk, so that it never ends while data
    flows; here it runs from the start.
    """

    type: ClassVar[str] = "timeout"

    timeout: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        return at_once(turn) if isinstance(turn.item, End) else ()

    def ends_at(self, since: float) -> float:
        return since + self.timeout / 1000 if self.timeout > 0 else math.inf

    def lifted(self, *, met: bool) -> End | None:
        return End()
