"""From a case and a seed to what will be played: whatever is left to chance is drawn here, from streams with names."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator

from harness.scenario.model import Case, Step

__all__ = ["default_turns", "seeds", "stream"]

FIRST_TURN_US = 200_000
TURN_EVERY_US = 5_000_000
TURN_LASTS_US = 1_000_000
"""A caller who says something for a second, then listens: the answers of the mocks last two or three."""


def stream(seed: int, *key: str | int) -> random.Random:
    """A generator of its own for each key: one draw more here moves no draw there.

    The same seed and key give the same numbers in every process, on every machine and Python.
    """
    name = json.dumps([seed, *key]).encode()
    return random.Random(int.from_bytes(hashlib.sha256(name).digest()))


def seeds(case: Case) -> tuple[int, ...]:
    """The seed of each run of a case. The first is the case's own, so that `runs: {times: 20}` begins with the run that
    was there without it."""
    more = stream(case.seed, "runs")
    return (case.seed, *(more.getrandbits(62) for _ in range(case.runs.times - 1)))


def default_turns() -> Iterator[Step]:
    """What the caller does where a scenario has no script: they talk in turns, for as long as the run lasts."""
    at_us = FIRST_TURN_US
    while True:
        yield Step(at_us=at_us, say_us=TURN_LASTS_US)
        at_us += TURN_EVERY_US
