"""Results: what reports tell of, whatever they look like."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from harness.expectations import Finding, Judgement, Verdict, combine, judge
from harness.scenario.model import Case
from harness.trace import Trace, redact

__all__ = ["CaseResult", "RunResult", "exit_code", "judged", "overall"]

EXIT_PASS, EXIT_FAIL, EXIT_INCONCLUSIVE = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run of a case, judged.

    Attributes:
        lasted_us: How long the run was on its own clock.
        took_s: What it cost on this machine, in seconds; 0 where nobody measured it.
        trace_path: Where its trace is kept; empty if it is not.
        notes: What a reader should know about how it was played.
    """

    judgement: Judgement
    seed: int | None = None
    clock: str = ""
    proxy: str = ""
    lasted_us: int = 0
    took_s: float = 0.0
    trace_path: str = ""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case and its runs, at least one. `chosen_client` is what the command line put in the place of its own, if it did."""

    case: Case
    runs: tuple[RunResult, ...]
    chosen_client: str = ""

    @property
    def verdict(self) -> Verdict:
        return combine((run.judgement for run in self.runs), self.case.runs)

    @property
    def passed(self) -> int:
        """How many of the runs did."""
        return sum(run.verdict is Verdict.PASS for run in self.runs)

    @property
    def told_run(self) -> RunResult:
        """The run to tell of: the first one that explains the verdict."""
        wanted = Verdict.FAIL if self.verdict is Verdict.FLAKY else self.verdict
        return next((run for run in self.runs if run.verdict is wanted), self.runs[0])

    @property
    def rerun(self) -> str:
        """The command that plays this run again."""
        run = self.told_run
        seed = f" --seed {run.seed}" if run.seed is not None else ""
        clock = f" --clock {run.clock}" if run.clock else ""
        client = f" --client {shlex.quote(self.chosen_client)}" if self.chosen_client else ""
        return f"deadair run {shlex.quote(self.case.id)}{client}{seed}{clock}"


def judged(trace: Trace | None, broken_off: str = "") -> RunResult:
    """The result of a finished run; or, without a trace, of one that was broken off for the reason given."""
    if trace is None:
        # What broke it off may be in a client's words, and a client's words may hold its key.
        sentence = f"the run broke off: {redact(broken_off)}"
        finding = Finding(expectation="run", verdict=Verdict.INCONCLUSIVE, sentence=sentence)
        return RunResult(judgement=Judgement(verdict=Verdict.INCONCLUSIVE, findings=(finding,)))
    return RunResult(
        judgement=judge(trace),
        seed=trace.header.seed,
        clock=trace.header.clock,
        proxy=trace.header.proxy,
        lasted_us=trace.end.at_us if trace.end is not None else trace.events[-1].at_us if trace.events else 0,
    )


def overall(results: Iterable[CaseResult]) -> Verdict:
    """The verdict on a whole pack: *fail* if any case failed or was flaky, else *inconclusive* if any was, or if there
    was no case at all, else *pass*."""
    verdicts = [result.verdict for result in results]
    if Verdict.FAIL in verdicts or Verdict.FLAKY in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if verdicts and Verdict.INCONCLUSIVE not in verdicts else Verdict.INCONCLUSIVE


def exit_code(results: Iterable[CaseResult]) -> int:
    """0 if all passed, 1 if one failed, 3 if none failed and one is inconclusive."""
    match overall(results):
        case Verdict.PASS:
            return EXIT_PASS
        case Verdict.FAIL:
            return EXIT_FAIL
        case _:
            return EXIT_INCONCLUSIVE
