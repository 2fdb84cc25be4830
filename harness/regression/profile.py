"""Profiles: all that is kept of a case for a later comparison. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.expectations import Judgement, Verdict, combine
from harness.regression.shape import Shape, broken_shape, shape
from harness.regression.timings import timings_us
from harness.scenario.model import Case, Runs
from harness.trace import Trace

__all__ = ["SMALL_US", "Profile", "Seen", "asked", "lost", "profile", "seen"]

MARK_CHARACTERS = 8

SMALL_US = 2_000
"""Two messages that share a link more or less move all that follows by a part of its latency, which is a millisecond or two.
The real clock's rule asks for the same 2 ms."""

OF_NO_MATTER = frozenset(("id", "place", "scenario", "summary", "source", "tags", "runs"))
"""What a case may change without being another test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One run, as far as it is kept. `timings_us` is empty on the virtual clock."""

    seed: int
    shape: Shape
    timings_us: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A case on one clock: its runs, in the order of their seeds.

    Attributes:
        asks: A mark of what the scenario does and expects; "" where it is not known.
        verdict: On all runs together.
    """

    case_id: str
    clock: str
    asks: str
    verdict: Verdict
    runs: tuple[Seen, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.case_id, self.clock

    @property
    def samples_us(self) -> Mapping[str, tuple[int, ...]]:
        """Every timing of each kind, over all runs."""
        kinds = dict.fromkeys(kind for run in self.runs for kind in run.timings_us)
        return {kind: tuple(run.timings_us[kind] for run in self.runs if kind in run.timings_us) for kind in kinds}

    @property
    def draws_its_waits(self) -> bool:
        """Whether the client waits longer with one seed than with another, so that its waits are drawn by chance."""
        waits = [run.shape.waits_us for run in self.runs]
        return any(max(of_turn) - min(of_turn) >= SMALL_US for of_turn in zip(*waits, strict=False))

    def passed(self) -> int:
        """How many runs did."""
        return sum(run.shape.verdict is Verdict.PASS for run in self.runs)

    def failed(self) -> int:
        return sum(run.shape.verdict is Verdict.FAIL for run in self.runs)


def seen(trace: Trace, judgement: Judgement, *, seed: int) -> Seen:
    """What is kept of a run."""
    real = trace.header.clock == "real"
    return Seen(seed=seed, shape=shape(trace, judgement), timings_us=timings_us(trace) if real else {})


def lost(why: str, *, seed: int) -> Seen:
    """A run of which there is no trace that can be read."""
    return Seen(seed=seed, shape=broken_shape(why))


def profile(case_id: str, clock: str, runs: Iterable[Seen], *, asks: str, required: Runs) -> Profile:
    """The profile of a case. `required` is how many of its runs the scenario wants to pass."""
    told = tuple(sorted(runs, key=lambda run: run.seed))
    judgements = (Judgement(verdict=run.shape.verdict, findings=()) for run in told)
    return Profile(case_id=case_id, clock=clock, asks=asks, verdict=combine(judgements, required), runs=told)


def asked(case: Case) -> str:
    """A mark of what is played and what must hold, the same in a deadair that knows more keys."""
    told = case.model_dump(mode="json", exclude=set(OF_NO_MATTER), exclude_defaults=True)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:MARK_CHARACTERS]
