"""Latency: every byte arrives later, and still in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.toxics.toxic import End, Step, Toxic, Turn, at_once

__all__ = ["Latency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency(Toxic):
    """A chunk leaves `latency` ± `jitter` milliseconds after it came; less than nothing is nothing.

    Chunks travel side by side, so a stream is late by the latency, not slowed down by it. Order holds: a chunk that draws
    a short delay waits for the one in front. Opening is not delayed, and the end follows the last byte at once.
    """

    type: ClassVar[str] = "latency"

    # Toxiproxy's line in front of this toxic: 1024 chunks of 32 KiB.
    holds_bytes: ClassVar[int] = 32 * 1024 * 1024

    latency: int = 0
    jitter: int = 0

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        if isinstance(turn.item, End):
            return at_once(turn)
        delay_ms = self.latency
        if self.jitter > 0:
            delay_ms += turn.chance.randrange(-self.jitter, self.jitter)
        return (Step(max(turn.at, turn.arrived_at + delay_ms / 1000), turn.item),)
