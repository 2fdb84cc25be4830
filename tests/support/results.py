"""Results to report on, from traces that were really judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.reports import CaseResult, Report, RunResult, judged
from harness.scenario.model import Backoff, Case, Matcher, Never, Runs
from tests.support.traces import TraceBuilder, case

__all__ = ["WAITS", "cut_off", "failed", "flaky", "passed", "report", "result_of", "three_waits"]

WAITS = Backoff(waits_us=(1_000_000, 2_000_000, 4_000_000))


def three_waits(asked: Case, *, last_s: float = 4.0) -> TraceBuilder:
    """A cut at 0.5 s, then waits of 1 s, 2 s and `last_s`, then a connection that lives."""
    built = TraceBuilder(asked).state("active").connects(1).at(0.5).saw("wire.closed", 1, code=1006, by="proxy")
    now_s = 0.5
    for number, wait_s in enumerate((1.0, 2.0, last_s), start=2):
        now_s += wait_s
        built.at(now_s)
        built = built.refused(number) if number < 4 else built.connects(number)
    return built.at(now_s + 2)


def result_of(*runs: RunResult, asked: Case, case_id: str = "calls.yaml::a call", times: int = 1) -> CaseResult:
    named = asked.model_copy(update={"id": case_id, "runs": Runs(times=times)})
    return CaseResult(case=named, runs=runs)


def passed() -> CaseResult:
    asked = case(backoff=WAITS)
    return result_of(judged(three_waits(asked).ends()), asked=asked, case_id="calls.yaml::a call that lives")


def failed() -> CaseResult:
    """Two things are wrong: the third wait, and an event that must not come; its reason tries to colour the terminal."""
    asked = case(backoff=WAITS, never=(Never(match=Matcher(event="error")),))
    trace = three_waits(asked, last_s=5.2).saw("error", message="\x1b[31mred").ends()
    return result_of(judged(trace), asked=asked, case_id="calls.yaml::a call that waits too long[wait=5s]")


def cut_off() -> CaseResult:
    asked = case(backoff=WAITS)
    return result_of(judged(three_waits(asked).trace()), asked=asked, case_id="calls.yaml::a call that was cut off")


def flaky() -> CaseResult:
    """It failed, and passed when it was played again."""
    asked = case(backoff=WAITS)
    return replace(
        result_of(judged(three_waits(asked).ends()), asked=asked, case_id="calls.yaml::a call that makes up its mind"),
        retried=failed().runs,
    )


def report(*results: CaseResult, **more: Any) -> Report:
    return Report(results=results, **more)
