"""Profiles of a run folder: every run that it keeps, judged with the rules of today."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeadairError
from harness.expectations import judge
from harness.regression.profile import Profile, Seen, asked, lost, profile, seen
from harness.runs import KeptRun, open_run
from harness.runs.about import ABOUT
from harness.scenario.model import Case, Runs
from harness.trace import load, redact

__all__ = ["Gathered", "Over", "kept_in", "profiles_of", "yardstick_in"]

YARDSTICK = "yardstick.json"

Key = tuple[str, str]
"""A case and its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """One run; `case` is None where even that could not be read."""

    key: Key
    run: Seen
    case: Case | None


Over = Callable[[Callable[[KeptRun], Gathered], Iterable[KeptRun]], Iterable[Gathered]]


def profiles_of(runs: Iterable[KeptRun], *, over: Over = map) -> Mapping[Key, Profile]:
    """The profile of each case and clock, over all these runs together, in the order of their names.

    Both sides of a comparison are judged by the same rules this way: a difference is one of behaviour, not of the ruler.

    Args:
        over: How the runs are gone over: `map`, or one like it that takes several processes.
    """
    found: dict[Key, list[Gathered]] = {}
    for one in over(gathered, runs):
        found.setdefault(one.key, []).append(one)
    return {key: _profile(*key, found[key]) for key in sorted(found)}


def gathered(kept: KeptRun) -> Gathered:
    """What is kept of one run."""
    key = kept.case_id, kept.clock
    try:
        trace = kept.trace()
        case = Case.model_validate(trace.header.case)
    except (DeadairError, ValueError) as error:
        return Gathered(key=key, run=lost(redact(" ".join(str(error).split())), seed=kept.seed), case=None)
    return Gathered(key=key, run=seen(trace, judge(trace), seed=kept.seed), case=case)


def yardstick_in(folder: Path) -> tuple[int, ...]:
    """The round trips (µs) that were measured beside this run; none where they were not, or the file was spoilt."""
    try:
        told = json.loads((folder / YARDSTICK).read_text(encoding="utf-8"))["round_trip_us"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(us for us in told if type(us) is int and us > 0) if isinstance(told, list) else ()


def kept_in(folder: Path) -> tuple[KeptRun, ...]:
    """The runs in the folder of a `deadair run`, of an old one as well, which did not yet say what it is."""
    if (folder / ABOUT).is_file():
        return open_run(folder).kept
    return tuple(run for path in sorted(folder.glob("*/trace.jsonl")) if (run := _kept(path)) is not None)


def _kept(trace: Path) -> KeptRun | None:
    """By what its trace says of itself; None where not even its first line was written."""
    try:
        header = load(trace).header
        case = Case.model_validate(header.case)
    except (DeadairError, ValueError):
        return None
    return KeptRun(
        folder=trace.parent,
        case_id=case.id,
        scenario=case.scenario,
        seed=header.seed,
        clock=header.clock,
        place=case.place,
    )


def _profile(case_id: str, clock: str, found: list[Gathered]) -> Profile:
    case = next((one.case for one in found if one.case is not None), None)
    return profile(
        case_id,
        clock,
        (one.run for one in found),
        asks=asked(case) if case is not None else "",
        required=case.runs if case is not None else Runs(),
    )
