"""How fast the service works: at most 1.25 times as fast as people speak."""

from __future__ import annotations

__all__ = ["Pace"]


class Pace:
    """A bucket of audio seconds. It may be overdrawn by one piece of audio; until that is paid back, nothing is due.

    Args:
        speed: Seconds of audio per second. The service takes 1.25 and throttles what comes faster (docs/recovering-from-
            connection-errors, changelog of 2022-08-28).
        burst_s: What may come at once without waiting. The service's own figure is not known; one second forgives a
            jittery network.
    """

    def __init__(self, now_s: float, *, speed: float = 1.25, burst_s: float = 1.0) -> None:
        self._speed = speed
        self._burst_s = burst_s
        self._credit_s = burst_s
        self._at_s = now_s

    def ready_at_s(self) -> float:
        """When the next piece may be worked on."""
        return self._at_s if self._credit_s >= 0 else self._at_s - self._credit_s / self._speed

    def worked(self, audio_s: float, now_s: float) -> None:
        """A piece of this length was worked on."""
        self._credit_s = min(self._burst_s, self._credit_s + (now_s - self._at_s) * self._speed) - audio_s
        self._at_s = now_s
