"""The gate for times on the real clock: when a difference is one, and when it is only the host. Pure.

It claims a difference only if the rank-sum test, corrected for all that was tested beside it, makes chance unlikely, and it is
large: in proportion and in milliseconds. Otherwise it says `~`, and which change it could have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from harness.regression.statistics import holm, mann_whitney, shift, smallest

__all__ = [
    "ALPHA",
    "RATIO_MIN",
    "SAMPLES_MIN",
    "SHIFT_US_MIN",
    "Measured",
    "Pair",
    "Standing",
    "seen_from_us",
    "weighed",
    "yardstick_drift",
]

ALPHA = 0.001
"""Below the usual 0.01, which a noisy host passes against itself 5 times in 1,000: this is half a time in either direction.
What it costs is little: with 20 samples and a scatter of 4 % a slowdown of 10 % is still found (`python -m tests.load.gate`)."""

RATIO_MIN = 1.05
SHIFT_US_MIN = 2_000
SAMPLES_MIN = 20

YARDSTICK_ALPHA = 0.01
"""To doubt takes less than to accuse."""

SEARCHED_UP_TO = 100.0
"""Times the median: who could not have seen this could have seen nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The samples of the base and those of the new version, in microseconds. `drifted` is whether the yardstick says that the
    host itself got slower or faster, None if there was no yardstick; on the virtual clock no host is in it."""

    base: Sequence[float]
    new: Sequence[float]
    drifted: bool | None = False


class Standing(Enum):
    SLOWER = "slower"
    FASTER = "faster"
    SAME = "~"
    WITHDRAWN = "withdrawn"
    """It looked changed, and so did the yardstick beside it, or there was none."""
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One kind of time in two versions.

    Attributes:
        base_us, new_us: The medians.
        samples: How many there were of each, the smaller number.
        shift_us: How much longer it takes now (Hodges and Lehmann).
        chance: The corrected p; 1 where nothing was tested.
    """

    standing: Standing
    base_us: float
    new_us: float
    samples: int
    shift_us: float
    chance: float = 1.0

    @property
    def ratio(self) -> float:
        return self.new_us / self.base_us if self.base_us else 1.0


def weighed(pairs: Sequence[Pair], *, beside: Sequence[float] = ()) -> tuple[tuple[Measured, ...], tuple[float, ...]]:
    """Each pair, weighed together with all the others of one report; and the corrected p of each test that the report makes
    `beside`."""
    tested = [index for index, pair in enumerate(pairs) if _fewest(pair) >= SAMPLES_MIN]
    chances = holm([*(mann_whitney(pairs[index].base, pairs[index].new) for index in tested), *beside])
    corrected = dict(zip(tested, chances, strict=False))
    return tuple(_measured(pair, corrected.get(index)) for index, pair in enumerate(pairs)), chances[len(tested) :]


def yardstick_drift(base: Sequence[float], new: Sequence[float]) -> bool | None:
    """Whether the host itself was slower or faster on one side; None where that was not measured often enough."""
    if _fewest(Pair(base=base, new=new)) < SAMPLES_MIN:
        return None
    ratio = median(new) / median(base) if median(base) else 1.0
    return mann_whitney(base, new) < YARDSTICK_ALPHA and max(ratio, 1 / ratio if ratio else 1.0) >= RATIO_MIN


def seen_from_us(pair: Pair, *, tests: int) -> float | None:
    """The smallest slowdown that would have been claimed, given how much these samples scatter and how many tests there
    are; None where none would. The new samples are put where the base's are, and moved until it is."""
    if _fewest(pair) < SAMPLES_MIN:
        return None
    base, new = pair.base, pair.new
    by_us = shift(base, new)

    def seen(slower_us: float) -> bool:
        moved = [after - by_us + slower_us for after in new]
        return _is_claimed(base, moved, min(1.0, mann_whitney(base, moved) * tests))

    return smallest(seen, at_most=max(median(base), SHIFT_US_MIN) * SEARCHED_UP_TO)


# ── one pair ─────────────────────────────────────────────────────────────────


def _measured(pair: Pair, chance: float | None) -> Measured:
    base, new = pair.base, pair.new
    by_us = shift(base, new)
    standing = Standing.TOO_FEW
    if chance is not None:
        standing = Standing.SAME
        if _is_claimed(base, new, chance):
            claimed = Standing.SLOWER if by_us > 0 else Standing.FASTER
            standing = claimed if pair.drifted is False else Standing.WITHDRAWN
    return Measured(
        standing=standing,
        base_us=median(base),
        new_us=median(new),
        samples=_fewest(pair),
        shift_us=by_us,
        chance=1.0 if chance is None else chance,
    )


def _is_claimed(base: Sequence[float], new: Sequence[float], chance: float) -> bool:
    before, after = median(base), median(new)
    if chance >= ALPHA or not before or not after:
        return False
    by_us = shift(base, new)
    ratio = after / before if by_us > 0 else before / after
    return ratio >= RATIO_MIN and abs(by_us) >= SHIFT_US_MIN


def _fewest(pair: Pair) -> int:
    return min(len(pair.base), len(pair.new))
