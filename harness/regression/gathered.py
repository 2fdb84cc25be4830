"""Profiles of a run folder: every run that it keeps, judged with the rules of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DeadairError
from harness.regression.profile import Profile, Seen, asked, profile, seen
from harness.reports import judged
from harness.runs import KeptRun, open_run
from harness.runs.about import ABOUT
from harness.scenario.model import Case, Runs
from harness.trace import load

__all__ = ["kept_in", "profiles_of"]

Key = tuple[str, str]
"""A case and its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    run: Seen
    case: Case | None


def profiles_of(runs: Iterable[KeptRun]) -> Mapping[Key, Profile]:
    """The profile of each case and clock, over all these runs together, in the order of their names.

    Both sides of a comparison are judged by the same rules this way: a difference is one of behaviour, not of the ruler.
    """
    found: dict[Key, list[_One]] = {}
    for kept in runs:
        found.setdefault((kept.case_id, kept.clock), []).append(_one(kept))
    return {key: _profile(*key, found[key]) for key in sorted(found)}


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


def _one(kept: KeptRun) -> _One:
    try:
        trace = kept.trace()
        case = Case.model_validate(trace.header.case)
    except (DeadairError, ValueError) as error:
        return _One(run=seen(None, judged(None, " ".join(str(error).split())).judgement, seed=kept.seed), case=None)
    return _One(run=seen(trace, judged(trace).judgement, seed=kept.seed), case=case)


def _profile(case_id: str, clock: str, found: list[_One]) -> Profile:
    case = next((one.case for one in found if one.case is not None), None)
    return profile(
        case_id,
        clock,
        (one.run for one in found),
        asks=asked(case) if case is not None else "",
        required=case.runs if case is not None else Runs(),
    )
