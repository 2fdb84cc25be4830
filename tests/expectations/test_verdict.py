from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.expectations import Judgement, Verdict, combine, judge
from harness.expectations.invariants import Limits, Said
from harness.scenario.model import Audio, AudioBounds, Backoff, Bound, Matcher, Never, Runs
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

NEVER_FAILS = (Never(match=Matcher(event="connection.failed")),)


def call(**asked: Any) -> TraceBuilder:
    return TraceBuilder(case(never=NEVER_FAILS, **asked)).at(1).state("active").connects(1)


def run(*verdicts: str) -> list[Judgement]:
    return [Judgement(verdict=Verdict(verdict), findings=()) for verdict in verdicts]


def test_a_call_that_kept_all_its_expectations_passes() -> None:
    judgement = judge(call().at(5).ends())

    assert judgement.verdict is Verdict.PASS
    assert [finding.expectation for finding in judgement.findings] == ["never", "end", "invariants"]
    assert judgement.reasons == ()


def test_one_broken_expectation_fails_the_call() -> None:
    judgement = judge(call().at(5).saw("connection.failed").ends())

    assert judgement.verdict is Verdict.FAIL
    assert [finding.sentence for finding in judgement.reasons] == ["connection.failed came, at 5 s"]


def test_a_trace_that_stops_halfway_is_inconclusive_even_if_something_broke() -> None:
    judgement = judge(call().at(5).saw("connection.failed").trace())

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert [finding.expectation for finding in judgement.reasons] == ["run"]


def a_wait_of(wait_s: float) -> TraceBuilder:
    """A loss at 1 s after which the client, asked to wait for 1 s ±5 %, waits for this long."""
    story = call(backoff=Backoff(waits_us=(1_000_000,))).at(1).saw("wire.closed", 1, code=1011, by="server")
    story.saw("connection.reconnecting", attempt=1).at(1 + wait_s).connects(2).saw("connection.reconnected", attempts=1)
    return story.state("active").at(9)


def test_a_wait_that_a_late_host_can_explain_is_inconclusive() -> None:
    assert judge(a_wait_of(1.062).ends(late_us=39_000)).verdict is Verdict.INCONCLUSIVE


def test_a_wait_that_a_quick_host_cannot_explain_fails() -> None:
    assert judge(a_wait_of(1.062).ends(late_us=9_000)).verdict is Verdict.FAIL


def test_a_wait_that_is_kept_on_a_somewhat_late_host_passes() -> None:
    assert judge(a_wait_of(1.0).ends(late_us=39_000)).verdict is Verdict.PASS


def test_what_has_nothing_to_do_with_times_fails_on_a_somewhat_late_host_too() -> None:
    trace = a_wait_of(1.062).saw("connection.failed").ends(late_us=39_000)

    judgement = judge(trace)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.is_worth_another_run


def test_a_pass_on_a_somewhat_late_host_is_worth_no_other_run() -> None:
    assert not judge(a_wait_of(1.0).ends(late_us=39_000)).is_worth_another_run


def test_a_client_that_hangs_fails() -> None:
    assert judge(call().at(60).ends("hung")).verdict is Verdict.FAIL


def test_a_check_that_raises_is_inconclusive_and_says_what_it_raised() -> None:
    bounds = AudioBounds(lost=Bound(op="==", value=0))
    trace = call(audio=Audio(caller=bounds)).said(0, 32_000).at(5).ends()
    without_rates = replace(trace, header=replace(trace.header, audio_rates_hz={}))

    judgement = judge(without_rates)

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert [finding.sentence for finding in judgement.reasons] == ["the check itself failed: KeyError: 'caller'"]


def test_a_check_that_raises_does_not_hide_a_failure() -> None:
    bounds = AudioBounds(lost=Bound(op="==", value=0))
    trace = call(audio=Audio(caller=bounds)).saw("connection.failed").at(5).ends()

    assert judge(replace(trace, header=replace(trace.header, audio_rates_hz={}))).verdict is Verdict.FAIL


def test_a_case_that_cannot_be_read_is_inconclusive() -> None:
    trace = call().ends()

    judgement = judge(replace(trace, header=replace(trace.header, case={"id": "x"})))

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reasons[0].sentence.startswith("the case in the trace's header cannot be read: ")


def test_keys_do_not_get_into_findings() -> None:
    trace = call().at(5).saw("connection.failed", reason="401 for sk-proj-0123456789").ends()

    assert "sk-proj" not in judge(trace).reasons[0].sentence


def test_an_empty_trace_is_judged_too() -> None:
    header = call().header

    assert judge(Trace(header=header, events=(), end=None)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("verdicts", "share", "combined"),
    [
        (["pass"], 1.0, Verdict.PASS),
        (["fail"], 1.0, Verdict.FAIL),
        (["inconclusive"], 1.0, Verdict.INCONCLUSIVE),
        ([], 1.0, Verdict.INCONCLUSIVE),
        (["pass", "pass"], 1.0, Verdict.PASS),
        (["pass", "fail"], 1.0, Verdict.FLAKY),
        (["pass", "inconclusive"], 1.0, Verdict.INCONCLUSIVE),
        (["fail", "inconclusive"], 1.0, Verdict.FAIL),
        (["pass"] * 9 + ["fail"], 0.9, Verdict.PASS),
        (["pass"] * 8 + ["fail"] * 2, 0.9, Verdict.FLAKY),
        (["fail"], 0.0, Verdict.FAIL),
    ],
)
def test_several_runs_have_one_verdict(verdicts: list[str], share: float, combined: Verdict) -> None:
    assert combine(run(*verdicts), Runs(times=max(1, len(verdicts)), share_to_pass=share)) is combined


def hammering(**asked: Any) -> TraceBuilder:
    """Twelve attempts in eight seconds, with waits that grow: no expectation speaks of them, but an invariant does."""
    story = call(**asked)
    for number in range(2, 13):
        story.at(1 + number * number * 0.05).refused(number)
    return story.at(9)


def test_a_broken_invariant_fails_the_call() -> None:
    judgement = judge(hammering().ends())

    assert judgement.verdict is Verdict.FAIL
    assert [finding.expectation for finding in judgement.reasons] == ["I12"]


def test_an_invariant_that_the_scenario_breaks_on_purpose_does_not() -> None:
    judgement = judge(hammering(invariants_except=("I12",)).ends())

    assert judgement.verdict is Verdict.PASS
    assert judgement.rulings["I12"].said is Said.BROKEN


def test_a_scenario_may_have_limits_of_its_own() -> None:
    assert judge(hammering(limits=Limits(attempts_max=20)).ends()).verdict is Verdict.PASS


def test_what_is_not_applicable_or_cannot_be_decided_does_no_harm() -> None:
    judgement = judge(call().at(5).saw("wire.closed", 1, code=1011, by="server").at(5.2).ends())

    assert judgement.verdict is Verdict.PASS
    assert judgement.rulings["I1"].said is Said.UNDECIDED
    assert judgement.rulings["I3"].said is Said.NOT_APPLICABLE


def test_a_second_that_a_late_host_made_too_long_is_inconclusive() -> None:
    story = (
        call().at(5).saw("wire.closed", 1, code=1011, by="server").at(6.02).saw("connection.reconnecting", attempt=1)
    )

    assert judge(story.at(9).ends()).verdict is Verdict.FAIL
    assert judge(story.ends(late_us=40_000)).verdict is Verdict.INCONCLUSIVE
