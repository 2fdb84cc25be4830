"""The quick choice: a handful of cases for each class of incidents, the same ones every time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.scenario.model import Case
from harness.scoreboard.incident_classes import classes_of

__all__ = ["QUICK_CASES", "quick"]

QUICK_CASES = 3
"""Of each class, for each provider."""


def quick(cases: Iterable[Case], *, most: int = QUICK_CASES) -> tuple[Case, ...]:
    """At most so many cases of each class and provider: one of each scenario first, then more of the sweeps; the cases
    of no class all stay. In the order in which they came."""
    all_ = tuple(cases)
    taken: Counter[tuple[str, str]] = Counter()
    chosen: set[str] = set()
    for case in _one_of_each_first(all_):
        classes = classes_of(case.tags)
        if not classes or all(taken[name, case.provider] < most for name in classes):
            chosen.add(case.id)
            taken.update((name, case.provider) for name in classes)
    return tuple(case for case in all_ if case.id in chosen)


def _one_of_each_first(cases: tuple[Case, ...]) -> list[Case]:
    seen: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[int, Case]] = []
    for case in cases:
        ranked.append((seen[case.scenario, case.provider], case))
        seen[case.scenario, case.provider] += 1
    return [case for _, case in sorted(ranked, key=lambda each: each[0])]
