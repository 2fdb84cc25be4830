"""The verdict on a run, and on several runs of one case.

In order of precedence:

1. *inconclusive*, if there is a doubt about the run itself (`doubts`): half a trace, an interruption, a client that died
   before anything was done to it, a host that was too slow. What the checks found then may come of that. Where nothing
   but times failed, a host is too slow sooner.
2. *fail*, if any expectation is broken, or any invariant that the scenario does not except.
3. *inconclusive*, if a check could not decide, or raised: never a pass.
4. *pass*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness.expectations import audio, backoff, count, doubts, end, faults, never, order, session, timing, unheard
from harness.expectations.finding import Finding, Verdict, undecided
from harness.expectations.invariants import Ruling, findings, is_timed, rule
from harness.scenario.model import Case, Runs
from harness.trace import Trace, redact

__all__ = ["CHECKS", "Judgement", "combine", "judge"]

Check = Callable[[Case, Trace], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    faults.NAME: faults.check,
    order.NAME: order.check,
    backoff.NAME: backoff.check,
    never.NAME: never.check,
    count.NAME: count.check,
    audio.NAME: audio.check,
    session.NAME: session.check,
    timing.NAME: timing.check,
    end.NAME: end.check,
}
"""What is looked at, in the order in which it is told. A new expectation is a file and a line here."""


TIMES = frozenset({order.NAME, backoff.NAME, timing.NAME})
"""The expectations that a late host can break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One run's verdict and everything that was found, kept expectations included. `rulings` is what each invariant says,
    by number, the excepted ones too; `host_was_late` that a failure may be the host's."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    host_was_late: bool = False

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that made the verdict what it is; empty for a pass."""
        if self.verdict is Verdict.PASS:
            return ()
        found = tuple(finding for finding in self.findings if finding.verdict is self.verdict)
        about_the_run = tuple(finding for finding in found if finding.expectation == doubts.NAME)
        return about_the_run or found

    @property
    def blames_the_host(self) -> bool:
        """Whether nothing but a slow host stands in the way of a verdict."""
        reasons = self.reasons
        return self.verdict is Verdict.INCONCLUSIVE and all(doubts.is_of_a_slow_host(reason) for reason in reasons)

    @property
    def is_worth_another_run(self) -> bool:
        """Whether a faster host may say something else: this one stands in the way of a verdict, or was late where the
        client failed. A client whose fault it is fails again."""
        return self.blames_the_host or (self.verdict is Verdict.FAIL and self.host_was_late)


def judge(trace: Trace) -> Judgement:
    """Judge a trace by the case in its header, with the rules of today. It never raises, whatever the trace holds."""
    try:
        case = Case.model_validate(trace.header.case)
    except ValueError as error:
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            findings=(undecided(doubts.NAME, f"the case in the trace's header cannot be read: {_one_line(error)}"),),
        )
    about_the_run = _safely(doubts.NAME, doubts.check, case, trace)
    case, unknown = unheard.heard(case, trace)
    rulings = rule(trace, case, case.expect.limits)
    found = (
        *(f for name, check in CHECKS.items() for f in _safely(name, check, case, trace)),
        *findings(rulings, excepted=case.expect.invariants_except),
    )
    failed = {finding.expectation for finding in found if finding.verdict is Verdict.FAIL}
    if failed and all(name in TIMES or is_timed(name) for name in failed) and not about_the_run:
        about_the_run = _safely(doubts.NAME, doubts.check_failed_times, case, trace)
    told = (*about_the_run, *unknown, *found)
    return Judgement(
        verdict=_verdict(about_the_run, told),
        findings=told,
        rulings=rulings,
        host_was_late=doubts.may_be_the_hosts(case, trace),
    )


def combine(judgements: Iterable[Judgement], runs: Runs) -> Verdict:
    """The verdict on all runs of a case.

    *pass* if the share of runs that passed is what the scenario asks for (`runs.share_to_pass`), else *flaky* if some
    passed and some failed, else *fail* if any failed, else *inconclusive*. No runs at all are inconclusive.
    """
    verdicts = [judgement.verdict for judgement in judgements]
    passed, failed = verdicts.count(Verdict.PASS), verdicts.count(Verdict.FAIL)
    if verdicts and passed >= runs.share_to_pass * len(verdicts) - 1e-9 and passed > 0:
        return Verdict.PASS
    if failed:
        return Verdict.FLAKY if passed else Verdict.FAIL
    return Verdict.INCONCLUSIVE


def _safely(name: str, check: Check, case: Case, trace: Trace) -> tuple[Finding, ...]:
    """What the check found, and, if it raised, that it did: it may not take the others with it, nor be silent."""
    findings: list[Finding] = []
    try:
        findings.extend(check(case, trace))
    except Exception as error:
        findings.append(undecided(name, f"the check itself failed: {type(error).__name__}: {_one_line(error)}"))
    # Sentences quote what client and server said, and go wherever reports go: nobody reads a key in them.
    return tuple(
        replace(f, sentence=redact(f.sentence), expected=redact(f.expected), got=redact(f.got)) for f in findings
    )


def _verdict(about_the_run: tuple[Finding, ...], findings: tuple[Finding, ...]) -> Verdict:
    verdicts = [finding.verdict for finding in findings]
    if about_the_run:
        return Verdict.INCONCLUSIVE
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else Verdict.PASS


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
