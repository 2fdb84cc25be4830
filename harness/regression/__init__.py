"""Regressions: what a case was like, kept in a file, and how two versions differ."""

from harness.regression.baseline import Baseline, BaselineError
from harness.regression.change import CaseDrift, Change, Weight
from harness.regression.drift import Drift, Side, Timed, drift, exit_code
from harness.regression.gathered import profiles_of
from harness.regression.profile import Profile, Seen
from harness.regression.shape import Order, Shape

__all__ = [
    "Baseline", "BaselineError", "CaseDrift", "Change", "Drift", "Order", "Profile", "Seen", "Shape", "Side", "Timed",
    "Weight", "drift", "exit_code", "profiles_of",
]  # fmt: skip
