"""Profiles of a run folder: every run that it keeps, judged with the rules of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import DeadairError
from harness.regression.profile import Profile, Seen, asked, profile, seen
from harness.reports import judged
from harness.runs import KeptRun, Run
from harness.scenario.model import Case, Runs

__all__ = ["profiles_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    run: Seen
    case: Case | None


def profiles_of(runs: Iterable[Run]) -> Mapping[tuple[str, str], Profile]:
    """The profile of each case and clock, over all these folders together, in the order of their names.

    Both sides of a comparison are judged by the same rules this way: a difference is one of behaviour, not of the ruler.
    """
    found: dict[tuple[str, str], list[_One]] = {}
    for run in runs:
        for kept in run.kept:
            found.setdefault((kept.case_id, kept.clock), []).append(_one(kept))
    return {key: _profile(*key, found[key]) for key in sorted(found)}


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
