"""Results of what a run folder keeps: its traces, judged with the rules of today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from harness.errors import DeadairError
from harness.reports.document import ResultDocument, RunDocument, read_result
from harness.reports.report import Report, Unplayed
from harness.reports.result import CaseResult, RunResult, judged
from harness.runs import KeptRun, Run
from harness.scenario.model import Case

__all__ = ["report_of", "results_of"]

RESULT = "result.json"
RESULT_BYTES_MAX = 64 * 1024 * 1024

UNPLAYED = "it was not over when the run was interrupted"

_Tried = tuple[Case, RunResult]


def report_of(run: Run, kept: Iterable[KeptRun] | None = None) -> Report:
    """All that a run folder tells, or those of its runs that are `kept`, judged with the rules of today."""
    kept = run.kept if kept is None else tuple(kept)
    then = _then(run.place / RESULT)
    results, unplayed = _told(run, kept)
    return Report(
        results=results,
        unplayed=unplayed,
        took_s=then.took_s if then is not None and kept == run.kept else 0.0,
        # A run that was killed has not even said that it was interrupted.
        interrupted=then.interrupted if then is not None else bool(unplayed),
        about=run.about,
    )


def results_of(run: Run, kept: Iterable[KeptRun] | None = None) -> list[CaseResult]:
    """The results of a run folder, by case, in the order in which they were planned; of `kept` only, if that is given.

    What was not played to a beginning is left out. A run whose trace is broken, or that broke off without one, is
    inconclusive and says why.
    """
    return list(_told(run, run.kept if kept is None else kept)[0])


def _told(run: Run, kept: Iterable[KeptRun]) -> tuple[tuple[CaseResult, ...], tuple[Unplayed, ...]]:
    cases: dict[str, dict[str, list[_Tried]]] = {}
    unplayed: dict[str, Unplayed] = {}
    for one in kept:
        tried = _tried(one)
        if isinstance(tried, Unplayed):
            unplayed[one.case_id] = tried
        else:
            cases.setdefault(one.case_id, {}).setdefault(one.number, []).append(tried)
    results = (_case_result(list(runs.values()), run.about.client) for runs in cases.values())
    return tuple(results), tuple(one for one in unplayed.values() if one.case_id not in cases)


def _tried(kept: KeptRun) -> _Tried | Unplayed:
    """The case of one run and what comes of its trace today."""
    then = _run_then(kept)
    if not kept.trace_path.is_file():
        return _broken_off(kept, _why_then(then)) if then is not None else _unplayed(kept, UNPLAYED)
    try:
        trace = kept.trace()
        case = Case.model_validate(trace.header.case)
    except DeadairError as error:
        return _broken_off(kept, str(error))
    except ValidationError as error:
        return _broken_off(
            kept, f"this deadair cannot read the case of this trace: {' '.join(str(error).split())[:300]}"
        )
    result = replace(judged(trace), trace_path=str(kept.trace_path))
    return case, result if then is None else replace(result, notes=tuple(then.notes), took_s=then.took_s)


def _unplayed(kept: KeptRun, why: str) -> Unplayed:
    return Unplayed(case_id=kept.case_id, place=kept.place, why=why)


def _broken_off(kept: KeptRun, why: str) -> _Tried | Unplayed:
    try:
        return kept.case(), replace(judged(None, why), seed=kept.seed, clock=kept.clock)
    except DeadairError:
        # Neither what was recorded nor what was to be played can be read: only its name is known.
        return _unplayed(kept, why)


def _case_result(runs: list[list[_Tried]], client: str) -> CaseResult:
    """Folders of one number are one run: it was played again, and the last one counts."""
    (case, _), *_ = runs[0]
    last = tuple(tried[-1][1] for tried in runs)
    before = tuple(result for tried in runs for _, result in tried[:-1])
    return CaseResult(case=case, runs=last, retried=before, chosen_client=client)


def _why_then(then: RunDocument) -> str:
    sentence = next((finding.sentence for finding in then.findings), "nothing was recorded")
    return sentence.removeprefix("the run broke off: ")


def _run_then(kept: KeptRun) -> RunDocument | None:
    then = _then(kept.folder / RESULT)
    return next((run for case in then.cases for run in case.runs), None) if then is not None else None


def _then(path: Path) -> ResultDocument | None:
    """What result.json said when it was written; None where that cannot be read. Nothing is judged by it."""
    try:
        if path.stat().st_size > RESULT_BYTES_MAX:
            return None
        return read_result(path.read_bytes())
    except (OSError, ValueError):
        return None
