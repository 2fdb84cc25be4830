"""Whether nothing but a slow host stands in the way of a verdict, and whether another run may say something else."""

from __future__ import annotations

from harness.expectations import Judgement, Verdict
from harness.expectations.doubts import LATE
from harness.expectations.finding import Finding, broken, undecided


def judgement(verdict: Verdict, *findings: Finding) -> Judgement:
    return Judgement(verdict=verdict, findings=findings)


LATE_HOST = undecided("run", "this host's timers were late", expected={LATE: 50_000}, got={LATE: 90_000})


def test_a_run_that_only_the_host_has_spoilt_blames_the_host() -> None:
    assert judgement(Verdict.INCONCLUSIVE, LATE_HOST, broken("order", "no wire.ready came")).blames_the_host


def test_half_a_trace_blames_nobody() -> None:
    assert not judgement(Verdict.INCONCLUSIVE, undecided("run", "the trace stops halfway"), LATE_HOST).blames_the_host


def test_a_failure_is_a_failure() -> None:
    assert not judgement(Verdict.FAIL, broken("order", "no wire.ready came")).blames_the_host


def test_what_only_the_host_has_spoilt_is_worth_another_run() -> None:
    assert judgement(Verdict.INCONCLUSIVE, LATE_HOST).is_worth_another_run


def test_a_failure_on_a_host_that_kept_time_is_not() -> None:
    assert not judgement(Verdict.FAIL, broken("order", "no wire.ready came")).is_worth_another_run
