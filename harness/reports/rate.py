"""The rate at which a case passes, and how far the runs that were played leave it open."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

__all__ = ["Rate", "wilson"]

Z_95 = 1.959963984540054
"""The standard normal distribution's 97.5th percentile: 2.5 % lie beyond it on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`passed` of `judged` runs, at least one: those that are inconclusive say nothing of the rate."""

    passed: int
    judged: int

    @property
    def share(self) -> float:
        return self.passed / self.judged

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true rate lies, with 95 % confidence, as shares."""
        return wilson(self.passed, self.judged)

    def said(self, *, ascii_only: bool = False) -> str:
        """`90 % (70 %–97 %)`."""
        low, high = self.interval
        return f"{_percent(self.share)} ({_percent(low)}{'-' if ascii_only else '–'}{_percent(high)})"


def wilson(passed: int, of: int) -> tuple[float, float]:
    """Wilson's score interval for a share, at 95 %, without correction for continuity. Unlike the textbook's `p ± 2 sd` it
    never leaves 0 to 1, and says of 20 in 20 that a failure in six is still possible.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.

    Raises:
        ValueError: If there is not at least one, or more passed than there are.
    """
    if not (0 <= passed <= of and of > 0):
        raise ValueError(f"{passed} of {of} is no share")
    square = Z_95 * Z_95
    middle = (passed + square / 2) / (of + square)
    reach = Z_95 / (of + square) * sqrt(passed * (of - passed) / of + square / 4)
    # At either end the interval touches it exactly; the arithmetic of floats may miss by a hair.
    return (0.0 if passed == 0 else middle - reach, 1.0 if passed == of else middle + reach)


def _percent(share: float) -> str:
    """Whole percents, and as many decimals as keep what is nearly all or nearly nothing apart from it: `99.8 %`."""
    percent = share * 100
    written = (f"{percent:.{decimals}f}" for decimals in range(6))
    return next((text for text in written if (float(text) in (0, 100)) == (share in (0, 1))), f"{percent}") + " %"
