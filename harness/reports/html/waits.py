"""Waits as a small table: what was asked for, what came, and a bar with a mark where it should have ended."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from markupsafe import Markup

from harness.expectations import Finding

__all__ = ["WaitRow", "wait_rows"]

BAR_WIDTH = 240
ROWS_MAX = 60
"""A client that never stops trying has thousands of them, and they look alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRow:
    number: int
    expected_us: int | None
    got_us: int | None
    is_wrong: bool
    bar: Markup


def wait_rows(finding: Finding) -> tuple[WaitRow, ...]:
    """A row for each wait, `ROWS_MAX` at most; nothing for a finding that speaks of no waits."""
    expected, got = _waits(finding.expected), _waits(finding.got)
    if expected is None or got is None:
        return ()
    wrong = frozenset(finding.got.get("wrong", ()))
    pairs = list(zip_longest(expected, got))[:ROWS_MAX]
    longest_us = max([1, *(us for pair in pairs for us in pair if us is not None)])
    return tuple(
        WaitRow(
            number=number,
            expected_us=expected_us,
            got_us=got_us,
            is_wrong=number in wrong or expected_us is None or got_us is None,
            bar=_bar(expected_us, got_us, longest_us),
        )
        for number, (expected_us, got_us) in enumerate(pairs, start=1)
    )


def _bar(expected_us: int | None, got_us: int | None, longest_us: int) -> Markup:
    bar = Markup('<rect y="3" width="{}" height="8" rx="2"/>').format(_x(got_us or 0, longest_us))
    mark = "" if expected_us is None else Markup('<path d="M{} 0V14"/>').format(_x(expected_us, longest_us) + 1)
    return Markup('<svg class="bar" width="{}" height="14" aria-hidden="true">{}{}</svg>').format(
        BAR_WIDTH + 2, bar, mark
    )


def _x(us: int, longest_us: int) -> int:
    return us * BAR_WIDTH // longest_us


def _waits(told: Any) -> list[int] | None:
    if isinstance(told, dict) and isinstance(told.get("waits_us"), list):
        return list(told["waits_us"])
    return None
