"""Changes: one thing that is different between two versions, and what that means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from harness.regression.shape import Order

__all__ = ["FAILING", "CaseDrift", "Change", "Weight", "weight_of"]


class Weight(Enum):
    """What a change means, the worst first.

    `DIFFERENT`: another behaviour, and nobody can say from here whether a better one. `UNKNOWN`: something looks changed,
    and this comparison cannot say so. `NOTED`: it explains something, or is too small to matter.
    """

    WORSE = "worse"
    DIFFERENT = "different"
    UNKNOWN = "cannot say"
    BETTER = "better"
    NOTED = "noted"


FAILING = (Weight.WORSE, Weight.DIFFERENT)
"""What closes a gate. A change that was meant is agreed to with `deadair baseline update`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changed.

    Attributes:
        what: `verdict`, `order`, `waits`, `audio`, `messages`, `time` or `scenario`.
        sentence: What it was and what it is; no full stop, so that it fits into a line. The same change in two cases is
            said in the same words.
        detail: What is worth reading besides, and may be another in each case.
        base: The order before, and `new` the one now, where the order is what changed.
    """

    weight: Weight
    what: str
    sentence: str
    detail: str = ""
    base: Order | None = None
    new: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDrift:
    """A case that changed: at least one change, the one that decides first."""

    case_id: str
    clock: str
    changes: tuple[Change, ...]

    @property
    def weight(self) -> Weight:
        return weight_of(self.changes)


def weight_of(changes: Iterable[Change]) -> Weight:
    """What all of them mean together. A verdict that changed says it, whatever else did: the rest is how it came about."""
    told = tuple(changes)
    verdicts = [change for change in told if change.what == "verdict" and change.weight is not Weight.NOTED]
    return min((change.weight for change in verdicts or told), key=list(Weight).index)
