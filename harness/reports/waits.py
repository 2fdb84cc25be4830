"""Waits, drawn in text: what was expected, a bar as long as what came, and a mark where it should have ended."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from harness.expectations import Finding
from harness.expectations.words import count, lasting
from harness.reports.lines import Line, Span

__all__ = ["AROUND_CHARACTERS", "BAR_CHARACTERS", "drawn"]

BAR_CHARACTERS = 32

AROUND_CHARACTERS = 8 + 2 + 1 + 2 + 8
"""What stands before and behind a bar: the two times, the spaces, the mark at the end."""

UNICODE_BAR, ASCII_BAR = ("━", "┃"), ("-", "|")


WAITS_DRAWN_MAX = 16
"""A client that calls without waiting has thousands of them."""


def drawn(finding: Finding, *, ascii_only: bool = False, bar_characters: int = BAR_CHARACTERS) -> Iterator[Line]:
    """A line for each wait; nothing for a finding that speaks of no waits."""
    expected, got = _waits(finding.expected), _waits(finding.got)
    if expected is None or got is None:
        return
    wrong = set(finding.got.get("wrong", ()))
    cells_per_us = bar_characters / max([*expected, *got, 1])
    bar, mark = ASCII_BAR if ascii_only else UNICODE_BAR
    pairs = list(zip_longest(expected, got))
    for number, (expected_us, got_us) in enumerate(pairs[:WAITS_DRAWN_MAX], start=1):
        is_wrong = number in wrong or expected_us is None or got_us is None
        cells = [bar] * round((got_us or 0) * cells_per_us)
        cells += [" "] * (bar_characters + 1 - len(cells))
        if expected_us is not None:
            cells[round(expected_us * cells_per_us)] = mark
        yield (
            Span(f"{lasting(expected_us) if expected_us is not None else 'none':>8}  ", "dim"),
            Span("".join(cells), "bad" if is_wrong else "good"),
            Span(f"  {lasting(got_us) if got_us is not None else 'none'}", "bad" if is_wrong else "plain"),
        )
    if len(pairs) > WAITS_DRAWN_MAX:
        yield (Span(f"{'':>8}  and {count(len(pairs) - WAITS_DRAWN_MAX, 'more wait')}", "dim"),)


def _waits(told: Any) -> list[int] | None:
    if isinstance(told, dict) and isinstance(told.get("waits_us"), list):
        return list(told["waits_us"])
    return None
