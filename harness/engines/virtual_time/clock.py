"""Virtual time: a number that stands still while anything can run, and then jumps."""

from __future__ import annotations

__all__ = ["RESOLUTION_S", "VirtualClock"]

RESOLUTION_S = 1e-9
"""Timers this close to each other are due together. Where a float's step is larger (from about 8 million seconds on) no
timer would ever be due, and the loop would spin for ever: that is why time starts at 0 and not at the Unix epoch."""


class VirtualClock:
    """Seconds since the run began. It is set, never added to, so that no error of addition builds up."""

    __slots__ = ("now_s",)

    def __init__(self, start_s: float = 0.0) -> None:
        self.now_s = start_s
