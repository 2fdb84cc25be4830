"""How long a segment is under way between two fake sockets."""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["LinkProfile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProfile:
    """The latency of the simulated network, one way, the same for every link.

    Each segment takes `latency_s` and up to `jitter_s` more, drawn from a stream of its connection and direction. The
    order of a connection's segments is kept. The defaults are about what loopback shows under light load. They are not
    zero, because then an answer comes in the same instant as the question, and ties decide what happens.

    Args:
        latency_s: At least 0.
        jitter_s: At least 0.
    """

    latency_s: float = 100e-6
    jitter_s: float = 300e-6

    def __post_init__(self) -> None:
        if self.latency_s < 0 or self.jitter_s < 0:
            raise ValueError(f"a link cannot be faster than light: {self}")

    def delay_s(self, chance: random.Random) -> float:
        return self.latency_s + self.jitter_s * chance.random()
