from __future__ import annotations

from harness.expectations import Verdict
from harness.expectations.never import check
from harness.scenario.model import Matcher, Never
from tests.support.traces import TraceBuilder, case

FAILED = Matcher(event="connection.failed")


def test_an_event_that_did_not_come_is_never() -> None:
    (finding,) = check(case(never=(Never(match=FAILED),)), TraceBuilder().connects().ends())

    assert finding.verdict is Verdict.PASS


def test_an_event_that_came_is_told_with_its_moment_and_its_words() -> None:
    trace = (
        TraceBuilder()
        .at(31.5)
        .saw("connection.failed", attempts=5, reason="refused")
        .at(32)
        .saw("connection.failed")
        .ends()
    )

    (finding,) = check(case(never=(Never(match=FAILED),)), trace)

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == 'connection.failed came, at 31.5 s, and 1 more: {attempts: 5, reason: "refused"}'
    assert finding.at_us == 31_500_000


def test_fields_that_are_asked_for_must_be_there() -> None:
    never = Never(match=Matcher(event="wire.closed", fields={"by": "client"}))

    (finding,) = check(case(never=(never,)), TraceBuilder().saw("wire.closed", 1, by="server").ends())

    assert finding.verdict is Verdict.PASS


def test_until_limits_it() -> None:
    never = Never(match=FAILED, until=Matcher(event="run.disconnecting"))
    before = TraceBuilder().saw("connection.failed").saw("run.disconnecting").ends()
    after = TraceBuilder().saw("run.disconnecting").saw("connection.failed").ends()

    (broken,) = check(case(never=(never,)), before)
    (kept,) = check(case(never=(never,)), after)

    assert broken.sentence == "connection.failed came before run.disconnecting, at 0 s"
    assert kept.verdict is Verdict.PASS


def test_the_nth_time_may_be_what_must_not_come() -> None:
    never = Never(match=Matcher(event="error", nth=2))

    (once,) = check(case(never=(never,)), TraceBuilder().saw("error").ends())
    (twice,) = check(case(never=(never,)), TraceBuilder().saw("error").saw("error").ends())

    assert (once.verdict, twice.verdict) == (Verdict.PASS, Verdict.FAIL)
