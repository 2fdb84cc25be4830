"""How fast the service works: at most 1.25 times as fast as people speak."""

from __future__ import annotations

__all__ = ["Pace"]

_SPEED = 1.25
"""Seconds of audio per second. Above it the service throttles and does not refuse: docs/recovering-from-connection-
errors, changelog of 2022-08-28."""

_BURST_S = 1.0
"""What may come at once without waiting. The service's own figure is not known; one second forgives a jittery network."""


class Pace:
    """A bucket of audio seconds. It may be overdrawn by one piece of audio; until that is paid back, nothing is due."""

    def __init__(self, now_s: float) -> None:
        self._credit_s = _BURST_S
        self._at_s = now_s

    def ready_at_s(self) -> float:
        """When the next piece may be worked on."""
        return self._at_s if self._credit_s >= 0 else self._at_s - self._credit_s / _SPEED

    def worked(self, audio_s: float, now_s: float) -> None:
        """A piece of this length was worked on."""
        self._credit_s = min(_BURST_S, self._credit_s + (now_s - self._at_s) * _SPEED) - audio_s
        self._at_s = now_s
