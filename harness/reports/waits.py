"""Waits, drawn in text: what was expected, a bar as long as what came, and a mark where it should have ended."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from harness.expectations import Finding
from harness.expectations.words import lasting
from harness.reports.lines import Line, Span

__all__ = ["drawn"]

BAR_CHARACTERS = 32

UNICODE_BAR, ASCII_BAR = ("━", "┃"), ("-", "|")


def drawn(finding: Finding, *, ascii_only: bool = False) -> Iterator[Line]:
    """A line for each wait; nothing for a finding that speaks of no waits."""
    expected, got = _waits(finding.expected), _waits(finding.got)
    if expected is None or got is None:
        return
    wrong = set(finding.got.get("wrong", ()))
    longest_us = max([*expected, *got, 1])
    bar, mark = ASCII_BAR if ascii_only else UNICODE_BAR
    for number, (expected_us, got_us) in enumerate(zip_longest(expected, got), start=1):
        is_wrong = number in wrong or expected_us is None or got_us is None
        yield (
            Span(f"{lasting(expected_us) if expected_us is not None else 'none':>8}  ", "dim"),
            Span(_bar(expected_us, got_us, longest_us, bar, mark), "bad" if is_wrong else "good"),
            Span(f"  {lasting(got_us) if got_us is not None else 'none'}", "bad" if is_wrong else "plain"),
        )


def _bar(expected_us: int | None, got_us: int | None, longest_us: int, bar: str, mark: str) -> str:
    cells = [bar if cell < _cell(got_us or 0, longest_us) else " " for cell in range(BAR_CHARACTERS + 1)]
    if expected_us is not None:
        cells[_cell(expected_us, longest_us)] = mark
    return "".join(cells)


def _cell(us: int, longest_us: int) -> int:
    return round(us * BAR_CHARACTERS / longest_us)


def _waits(told: Any) -> list[int] | None:
    if isinstance(told, dict) and isinstance(told.get("waits_us"), list):
        return list(told["waits_us"])
    return None
