"""The token allowance of the organisation: spent by all of its sessions, and given back evenly within a minute."""

from __future__ import annotations

from typing import Any

__all__ = ["RateLimits"]

REFILL_S = 60.0


class RateLimits:
    """One allowance of tokens a minute.

    Only tokens are told: the request counter of the beta is gone (openai-agents-js#1022).
    """

    def __init__(self, tokens_a_minute: int) -> None:
        self._limit = tokens_a_minute
        self._spent = 0.0
        self._at_s = 0.0

    def spend(self, tokens: int, now_s: float) -> None:
        self._spent = self._spent_at(now_s) + tokens
        self._at_s = now_s

    def told(self, now_s: float) -> list[dict[str, Any]]:
        """The `rate_limits` of an event."""
        spent = self._spent_at(now_s)
        return [
            {
                "name": "tokens",
                "limit": self._limit,
                "remaining": max(0, self._limit - round(spent)),
                "reset_seconds": round(spent * REFILL_S / self._limit, 3),
            }
        ]

    def wait_s(self, now_s: float) -> float:
        """How long until anything is left; 0 if something is."""
        return max(0.0, (self._spent_at(now_s) - self._limit) * REFILL_S / self._limit)

    def _spent_at(self, now_s: float) -> float:
        return max(0.0, self._spent - (now_s - self._at_s) * self._limit / REFILL_S)
