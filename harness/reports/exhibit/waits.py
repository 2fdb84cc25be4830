"""The lane of waits: from each failure to the next attempt, with what was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations import Judgement
from harness.expectations.backoff import RETRY_AFTER_GRACE_US, Wait, waits
from harness.expectations.words import each, lasting
from harness.reports.exhibit.marks import Mark
from harness.scenario.model import Backoff
from harness.trace import Trace

__all__ = ["marks"]


def marks(trace: Trace, asked: Backoff | None, judgement: Judgement) -> Iterator[Mark]:
    wrong = _wrong(judgement)
    expected = asked.waits_us if asked is not None else ()
    for number, wait in enumerate(waits(trace), start=1):
        expected_us = expected[number - 1] if number <= len(expected) else None
        is_wrong = number in wrong or (bool(expected) and expected_us is None) or _is_early(wait)
        yield Mark(
            from_us=wait.failed_us,
            to_us=wait.next_us,
            tone="wrong" if is_wrong else "wait",
            label=lasting(wait.lasted_us) + (_instead(wait, expected_us) if is_wrong else ""),
            what=f"wait {number}: " + ", ".join(_story(wait, expected_us, asked)),
        )


def _is_early(wait: Wait) -> bool:
    """Whether it is shorter than the server had asked for: whoever judges it, this is where to look."""
    return wait.retry_after_us is not None and wait.lasted_us < wait.retry_after_us - RETRY_AFTER_GRACE_US


def _instead(wait: Wait, expected_us: int | None) -> str:
    if _is_early(wait) and wait.retry_after_us is not None:
        return f", server asked for {lasting(wait.retry_after_us)}"
    return f", expected {lasting(expected_us)}" if expected_us is not None else ", one too many"


def _story(wait: Wait, expected_us: int | None, asked: Backoff | None) -> Iterator[str]:
    yield f"got {lasting(wait.lasted_us)}"
    if expected_us is not None and asked is not None:
        yield f"expected {lasting(expected_us)} {each(asked.each)}"
    if wait.told_us is not None:
        yield f"the client announced {lasting(wait.told_us)}"
    if wait.retry_after_us is not None:
        yield f"the server had asked for {lasting(wait.retry_after_us)}"


def _wrong(judgement: Judgement) -> frozenset[int]:
    found = (finding.got for finding in judgement.findings if finding.expectation == "backoff")
    return frozenset(number for got in found if isinstance(got, dict) for number in got.get("wrong", ()))
