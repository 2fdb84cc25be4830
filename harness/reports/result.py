"""Results: what reports tell of, whatever they look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.expectations import Finding, Judgement, Verdict, combine, judge
from harness.reports.exhibit import Exhibit, exhibit
from harness.reports.rate import Rate
from harness.reports.rerun import rerun_command
from harness.scenario.model import Case
from harness.trace import Trace, redact

__all__ = ["CaseResult", "RunResult", "exit_code", "judged", "overall"]

EXIT_PASS, EXIT_FAIL, EXIT_INCONCLUSIVE = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run of a case, judged.

    Attributes:
        lasted_us: How long the run was on its own clock.
        took_s: What it cost this machine's processor, in seconds; 0 where nobody measured it, as on the real clock.
        trace_path: Where its trace is kept; empty if it is not.
        notes: What a reader should know about how it was played.
        exhibit: What of its trace is laid before the reader; None where nobody had the trace, or nobody asks.
    """

    judgement: Judgement
    seed: int | None = None
    clock: str = ""
    proxy: str = ""
    lasted_us: int = 0
    took_s: float = 0.0
    trace_path: str = ""
    notes: tuple[str, ...] = ()
    exhibit: Exhibit | None = None

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def cost_s(self) -> float:
        """How long one waits for it, in seconds: on the real clock as long as it lasts."""
        return self.lasted_us / 1e6 if self.clock == "real" else self.took_s


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case and its runs, at least one.

    Attributes:
        chosen_client: What the command line put in the place of the case's own, if it did.
        retried: The runs that did not pass, whereupon the case was played again (`--retries`), first to last; `runs`
            then holds the last one. A case that passes only so is *flaky*.
    """

    case: Case
    runs: tuple[RunResult, ...]
    chosen_client: str = ""
    retried: tuple[RunResult, ...] = ()

    @property
    def verdict(self) -> Verdict:
        verdict = combine((run.judgement for run in self.runs), self.case.runs)
        return Verdict.FLAKY if self.retried and verdict is Verdict.PASS else verdict

    @property
    def passed(self) -> int:
        """How many of the runs did."""
        return sum(run.verdict is Verdict.PASS for run in self.runs)

    @property
    def rate(self) -> Rate | None:
        """The rate at which it passes, where it was played several times; None if no run could be judged."""
        judged = sum(run.verdict is not Verdict.INCONCLUSIVE for run in self.runs)
        return Rate(passed=self.passed, judged=judged) if judged and len(self.runs) > 1 else None

    @property
    def passed_on_retry(self) -> bool:
        """Whether it is flaky in that it passed when it was played again, and not in that too few of its runs passed."""
        return bool(self.retried) and self.verdict is Verdict.FLAKY

    @property
    def told_run(self) -> RunResult:
        """The run to tell of: the first one that explains the verdict."""
        if self.passed_on_retry:
            return self.retried[0]
        wanted = Verdict.FAIL if self.verdict is Verdict.FLAKY else self.verdict
        return next((run for run in self.runs if run.verdict is wanted), self.runs[0])

    @property
    def rerun(self) -> str:
        """The command that plays this run again."""
        run = self.told_run
        return rerun_command(self.case.id, seed=run.seed, clock=run.clock, client=self.chosen_client)


def judged(trace: Trace | None, broken_off: str = "") -> RunResult:
    """The result of a finished run; or, without a trace, of one that was broken off for the reason given."""
    if trace is None:
        # What broke it off may be in a client's words, and a client's words may hold its key.
        sentence = f"the run broke off: {redact(broken_off)}"
        finding = Finding(expectation="run", verdict=Verdict.INCONCLUSIVE, sentence=sentence)
        return RunResult(judgement=Judgement(verdict=Verdict.INCONCLUSIVE, findings=(finding,)))
    judgement = judge(trace)
    return RunResult(
        judgement=judgement,
        exhibit=exhibit(trace, judgement),
        seed=trace.header.seed,
        clock=trace.header.clock,
        proxy=trace.header.proxy,
        lasted_us=trace.end.at_us if trace.end is not None else trace.events[-1].at_us if trace.events else 0,
    )


def overall(results: Iterable[CaseResult], *, fail_on_flaky: bool = False) -> Verdict:
    """The verdict on a whole pack: *fail* if any case failed or was flaky, else *inconclusive* if any was, or if there
    was no case at all, else *pass*. A case that passed when it was played again passes, unless `fail_on_flaky`."""
    verdicts = [Verdict.PASS if one.passed_on_retry and not fail_on_flaky else one.verdict for one in results]
    if Verdict.FAIL in verdicts or Verdict.FLAKY in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if verdicts and Verdict.INCONCLUSIVE not in verdicts else Verdict.INCONCLUSIVE


def exit_code(results: Iterable[CaseResult], *, fail_on_flaky: bool = False) -> int:
    """0 if all passed, 1 if one failed, 3 if none failed and one is inconclusive; flaky ones as `overall` has it."""
    match overall(results, fail_on_flaky=fail_on_flaky):
        case Verdict.PASS:
            return EXIT_PASS
        case Verdict.FAIL:
            return EXIT_FAIL
        case _:
            return EXIT_INCONCLUSIVE
