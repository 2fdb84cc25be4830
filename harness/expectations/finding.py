"""What a check found: a verdict on one expectation, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["Finding", "Verdict", "broken", "kept", "undecided"]


class Verdict(Enum):
    """What can be said of a run; `FLAKY` only of several."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expectation, looked at.

    Attributes:
        expectation: Which one, by its key in the scenario; `run` for the run itself, `faults` for its faults.
        sentence: What was found, with the moment and the size; no full stop, so that it fits into a line.
        at_us: Where in the trace to look, if it is one moment.
        expected: What was asked for, as JSON; for reports that draw it.
        got: What was seen, in the same shape.
    """

    expectation: str
    verdict: Verdict
    sentence: str
    at_us: int | None = None
    expected: Any = None
    got: Any = None


def kept(
    expectation: str, sentence: str, *, at_us: int | None = None, expected: Any = None, got: Any = None
) -> Finding:
    return Finding(
        expectation=expectation, verdict=Verdict.PASS, sentence=sentence, at_us=at_us, expected=expected, got=got
    )


def broken(
    expectation: str, sentence: str, *, at_us: int | None = None, expected: Any = None, got: Any = None
) -> Finding:
    return Finding(
        expectation=expectation, verdict=Verdict.FAIL, sentence=sentence, at_us=at_us, expected=expected, got=got
    )


def undecided(
    expectation: str, sentence: str, *, at_us: int | None = None, expected: Any = None, got: Any = None
) -> Finding:
    return Finding(
        expectation=expectation,
        verdict=Verdict.INCONCLUSIVE,
        sentence=sentence,
        at_us=at_us,
        expected=expected,
        got=got,
    )
