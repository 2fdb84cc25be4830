"""How moments, spans, bounds and matchers are said in a sentence."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping
from typing import Any

from harness.scenario.model import Bound, Matcher, Tolerance

__all__ = ["count", "each", "fields_said", "limit", "lasting", "meets", "moment", "named", "ordinal", "span_limit"]

READABLE_CHARACTERS_MAX = 160

_COMPARISONS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}
_COMPARED_IN_WORDS = {"<": "less than ", "<=": "at most ", "==": "", ">=": "at least ", ">": "more than "}


def meets(bound: Bound, value: float) -> bool:
    return bool(_COMPARISONS[bound.op](value, bound.value))


def lasting(us: float) -> str:
    """A span: `312 µs`, `62.5 ms`, `5.2 s`."""
    if us != us or us in (float("inf"), float("-inf")):
        return "forever"
    size = abs(us)
    if size >= 999_950:
        return f"{_plain(us / 1e6, 3)} s"
    if size >= 1_000 or us == 0:
        return f"{_plain(us / 1e3, 1)} ms"
    return f"{_plain(us, 0)} µs"


def moment(us: int) -> str:
    """A moment of the run: always seconds, to the millisecond."""
    return f"{_plain(us / 1e6, 3)} s"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def count(number: int, noun: str) -> str:
    """`1 wait`, `2 waits`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def limit(bound: Bound) -> str:
    """A bound on a number: `at most 3`, `6`."""
    return f"{_COMPARED_IN_WORDS[bound.op]}{_plain(bound.value, 6)}"


def span_limit(bound: Bound) -> str:
    """A bound on a span: `at most 100 ms`, `0 ms`."""
    return f"{_COMPARED_IN_WORDS[bound.op]}{lasting(bound.value)}"


def each(tolerance: Tolerance) -> str:
    """A tolerance: `±5 %`, `±50 ms`, `75 % to 100 %`."""
    if tolerance.off_us is not None:
        return f"±{lasting(tolerance.off_us)}"
    low, high = (1.0 if share is None else share for share in (tolerance.share_min, tolerance.share_max))
    if abs((1 - low) - (high - 1)) < 1e-9:
        return f"±{_plain((high - 1) * 100, 3)} %"
    return f"{_plain(low * 100, 3)} % to {_plain(high * 100, 3)} %"


def named(matcher: Matcher) -> str:
    """A matcher: `connection.reconnecting {attempt: 2}`."""
    fields = fields_said(matcher.fields)
    which = f"{ordinal(matcher.nth)} " if matcher.nth > 1 else ""
    return f"{which}{matcher.event}{' ' + fields if fields else ''}"


def fields_said(fields: Mapping[str, Any]) -> str:
    """Fields as a scenario writes them: `{attempt: 2, reason: "…"}`; empty where there are none, or too many to read."""
    if not fields:
        return ""
    said = "{" + ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()) + "}"
    return said if len(said) <= READABLE_CHARACTERS_MAX else ""


def _plain(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
