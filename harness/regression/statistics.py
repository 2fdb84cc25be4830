"""Statistics: whether two sets of times differ, by how much, and what difference would have been seen. Pure, and exact where it can be."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import NormalDist, median

__all__ = ["fisher", "holm", "mann_whitney", "shift", "smallest"]

EXACT_MAX = 50
"""Up to so many samples on each side the exact distribution is counted out; it costs a millisecond there, once."""

HALVINGS = 40
"""A search between 0 and a second ends far below a microsecond."""


def mann_whitney(base: Sequence[float], new: Sequence[float]) -> float:
    """How likely two sets of samples of one and the same thing differ at least so much: the two-sided p of the rank-sum test.

    Counted out exactly for up to `EXACT_MAX` samples without ties; otherwise the normal approximation, corrected for ties
    and continuity. Samples that are all the same differ in nothing: 1.

    Raises:
        ValueError: If a side has no samples.
    """
    if not base or not new:
        raise ValueError("there is nothing to compare: a side has no samples")
    u = _pairs_won(base, new)
    smaller = min(u, len(base) * len(new) - u)
    tied = [times for times in Counter([*base, *new]).values() if times > 1]
    if not tied and max(len(base), len(new)) <= EXACT_MAX:
        ways = _ways(len(base), len(new))
        tail = sum(ways[: int(smaller) + 1]) / math.comb(len(base) + len(new), len(base))
        return min(1.0, 2 * tail)
    return _approximate(smaller, len(base), len(new), tied)


def shift(base: Sequence[float], new: Sequence[float]) -> float:
    """How much more `new` is than `base`: the median of the differences of all pairs (Hodges and Lehmann)."""
    return median(after - before for before in base for after in new)


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """The p of each test, corrected for being one of many, in the order given (Holm's step-down)."""
    corrected = [1.0] * len(chances)
    so_far = 0.0
    for rank, index in enumerate(sorted(range(len(chances)), key=lambda index: chances[index])):
        so_far = max(so_far, min(1.0, chances[index] * (len(chances) - rank)))
        corrected[index] = so_far
    return tuple(corrected)


def smallest(seen: Callable[[float], bool], *, at_most: float) -> float | None:
    """The smallest amount that `seen` says yes to, where it does so to every larger one as well; None if not even to `at_most`."""
    if not seen(at_most):
        return None
    low, high = 0.0, at_most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def fisher(base: tuple[int, int], new: tuple[int, int]) -> float:
    """How likely two counts of yes and no from one and the same source differ at least so much: Fisher's exact two-sided p."""
    yes, total = base[0] + new[0], sum(base) + sum(new)
    drawn = sum(base)

    def ways(of_base: int) -> int:
        return math.comb(yes, of_base) * math.comb(total - yes, drawn - of_base)

    possible = range(max(0, drawn - (total - yes)), min(yes, drawn) + 1)
    seen = ways(base[0])
    return sum(each for of_base in possible if (each := ways(of_base)) <= seen) / math.comb(total, drawn)


# ── the rank-sum test ────────────────────────────────────────────────────────


def _pairs_won(base: Sequence[float], new: Sequence[float]) -> float:
    """U: in how many of all pairs the new one is larger; a tie counts half."""
    ordered = sorted(base)
    return sum((bisect_left(ordered, after) + bisect_right(ordered, after)) / 2 for after in new)


@lru_cache(maxsize=256)
def _ways(base: int, new: int) -> tuple[int, ...]:
    """In how many orders of the samples U is 0, 1, 2, …: the coefficients of the Gaussian binomial, built factor by factor."""
    size = base * new
    ways = [1] + [0] * size
    for step in range(1, base + 1):
        for u in range(size, new + step - 1, -1):
            ways[u] -= ways[u - new - step]
        for u in range(step, size + 1):
            ways[u] += ways[u - step]
    return tuple(ways)


def _approximate(smaller: float, base: int, new: int, tied: Sequence[int]) -> float:
    both = base + new
    ties = sum(times**3 - times for times in tied) / (both * (both - 1))
    variance = base * new / 12 * (both + 1 - ties)
    if variance <= 0:
        return 1.0
    # Half a step towards the middle: U moves in whole steps, the normal distribution does not.
    away = max(0.0, base * new / 2 - smaller - 0.5) / math.sqrt(variance)
    return min(1.0, 2 * NormalDist().cdf(-away))
