"""How a client comes back: how often, how soon, and with how much chance. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

__all__ = ["Manners", "has_proved_itself"]

PROVED_AFTER_S = 5.0
PROVED_UNHEARD_AFTER_S = 15.0


def has_proved_itself(*, lived_s: float, was_useful: bool) -> bool:
    """Whether a connection ends the outage before it. Callers are silent for long, so that age alone counts as well."""
    return lived_s >= (PROVED_AFTER_S if was_useful else PROVED_UNHEARD_AFTER_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """`attempts` without an answer end it; None never do. Delays double from `first_s` to `cap_s`.

    `jitter`: *full* draws from 0 to the delay, *equal* from half of it (Marc Brooker, AWS Architecture Blog, 2015-03-04).
    """

    attempts: int | None = 6
    first_s: float = 0.8
    cap_s: float = 20.0
    jitter: Literal["none", "full", "equal"] = "none"

    def delay_s(self, failures: int, chance: Random) -> float:
        """How long to wait once so many attempts in a row have failed, the lost connection not counted."""
        longest_s = min(self.cap_s, self.first_s * 2.0**failures)
        match self.jitter:
            case "none":
                return longest_s
            case "equal":
                return longest_s * chance.uniform(0.5, 1.0)
            case "full":
                return longest_s * chance.random()
