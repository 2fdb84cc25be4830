from __future__ import annotations

from harness.expectations import Finding, Verdict
from harness.expectations.backoff import Wait, check, waits
from harness.scenario.model import Backoff, Tolerance
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

LADDER_US = (1_000_000, 2_000_000, 4_000_000)


def ladder(*waits_s: float, told_s: tuple[float, ...] | None = None) -> Trace:
    """Cut at 1 s, then refused attempts after these waits; the client announces `told_s`."""
    built = TraceBuilder().connects(1).at(1).saw("wire.closed", 1, code=1006, by="proxy")
    now_s = 1.0
    for number, wait_s in enumerate(waits_s, start=1):
        told = (told_s or waits_s)[number - 1]
        built.saw("connection.reconnecting", attempt=number, backoff_delay=told)
        now_s += wait_s
        built.at(now_s).refused(number + 1)
    return built.ends()


def findings(trace: Trace, asked: Backoff) -> list[Finding]:
    return list(check(case(backoff=asked), trace))


def test_waits_as_asked_are_kept() -> None:
    (finding,) = findings(ladder(1, 2, 4), Backoff(waits_us=LADDER_US))

    assert finding.verdict is Verdict.PASS
    assert finding.sentence == "3 waits, each within ±5 %"


def test_a_wait_that_is_too_long_is_told_with_its_moment_and_size() -> None:
    (finding,) = findings(ladder(1, 2, 5.2, told_s=(1, 2, 4)), Backoff(waits_us=LADDER_US))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "the 3rd wait was 5.2 s instead of 4 s ±5 %, at 9.2 s"
    assert finding.at_us == 9_200_000
    assert finding.expected == {"waits_us": [1_000_000, 2_000_000, 4_000_000], "each": "±5 %"}
    assert finding.got == {"waits_us": [1_000_000, 2_000_000, 5_200_000], "wrong": [3]}


def test_a_wait_that_is_too_short_breaks_it() -> None:
    (finding,) = findings(ladder(1, 1.5, 4, told_s=(1, 2, 4)), Backoff(waits_us=LADDER_US))

    assert finding.sentence == "the 2nd wait was 1.5 s instead of 2 s ±5 %, at 3.5 s"


def test_a_tolerance_in_milliseconds_is_the_same_for_every_wait() -> None:
    asked = Backoff(waits_us=LADDER_US, each=Tolerance(off_us=50_000))

    assert findings(ladder(1.05, 1.95, 4.05), asked)[0].verdict is Verdict.PASS
    assert findings(ladder(1.06, 2, 4), asked)[0].verdict is Verdict.FAIL


def test_jitter_below_the_schedule_can_be_allowed() -> None:
    asked = Backoff(waits_us=LADDER_US, each=Tolerance(share_min=0.75, share_max=1.0))

    assert findings(ladder(0.75, 1.9, 3.2), asked)[0].verdict is Verdict.PASS
    assert (
        findings(ladder(1.1, 2, 4), asked)[0].sentence
        == "the 1st wait was 1.1 s instead of 1 s 75 % to 100 %, at 2.1 s"
    )


def test_a_wait_that_is_missing_breaks_it() -> None:
    (finding,) = findings(ladder(1, 2), Backoff(waits_us=LADDER_US))

    assert finding.sentence == "there were 2 waits instead of 3: no further attempt after the last one, at 4 s"


def test_a_wait_too_many_breaks_it() -> None:
    (finding,) = findings(ladder(1, 2, 4, 8), Backoff(waits_us=LADDER_US))

    assert finding.sentence == "there were 4 waits instead of 3: one too many, of 8 s, at 16 s"


def test_what_the_client_announced_must_agree() -> None:
    measured, told = findings(ladder(1, 2, 4, told_s=(1, 3, 4)), Backoff(waits_us=LADDER_US))

    assert measured.verdict is Verdict.PASS
    assert told.verdict is Verdict.FAIL
    assert told.sentence == "the client announced a 2nd wait of 3 s instead of 2 s ±5 %, after 2 s"


def test_a_client_that_announces_nothing_is_measured_on_the_wire_alone() -> None:
    trace = TraceBuilder().connects(1).at(1).saw("wire.reset", 1).at(2).refused(2).ends()

    (finding,) = findings(trace, Backoff(waits_us=(1_000_000,)))

    assert finding.verdict is Verdict.PASS


def test_a_wait_begins_at_the_end_of_the_attempt_before_it() -> None:
    built = TraceBuilder().at(1).saw("wire.attempt", 1).at(11).saw("wire.abandoned", 1)

    assert waits(built.at(12).refused(2).ends()) == (Wait(failed_us=11_000_000, next_us=12_000_000),)


def test_on_a_dead_link_a_wait_begins_when_the_client_says_so() -> None:
    built = TraceBuilder().connects(1).at(2).saw("fault.hole", do="blackhole")
    built.at(17).saw("connection.reconnecting", attempt=1, backoff_delay=1.0)
    built.at(18).saw("wire.closed", 1, code=1006, by="client").refused(2)

    assert waits(built.ends()) == (Wait(failed_us=17_000_000, next_us=18_000_000, told_us=1_000_000),)


def test_where_nobody_saw_the_failure_it_begins_with_the_fault() -> None:
    built = TraceBuilder().connects(1).at(2).saw("fault.hole", do="blackhole").at(4).refused(2)

    assert waits(built.ends()) == (Wait(failed_us=2_000_000, next_us=4_000_000),)


def test_a_switch_while_the_old_connection_lives_is_no_wait() -> None:
    assert waits(TraceBuilder().connects(1).at(4).connects(2).ends()) == ()


def limited(*, waits_s: float) -> Trace:
    built = TraceBuilder().connects(1).at(1).saw("wire.reset", 1).at(2).saw("wire.attempt", 2)
    built.saw("wire.refused", 2, status=429, retry_after_us=3_000_000)
    return built.at(2 + waits_s).connects(3).ends()


OBEY = Backoff(retry_after_obeyed=True)


def test_a_client_that_waits_as_long_as_the_server_asked_obeys() -> None:
    assert findings(limited(waits_s=2.97), OBEY)[0].verdict is Verdict.PASS


def test_a_client_that_comes_back_too_early_does_not() -> None:
    (finding,) = findings(limited(waits_s=1.78), OBEY)

    assert finding.sentence == (
        "the 2nd wait was 1.78 s, and the server had asked for at least 3 s: too early by 1.22 s, at 3.78 s"
    )


def test_a_run_in_which_no_time_was_named_obeyed_nothing() -> None:
    assert findings(ladder(1, 2, 4), OBEY)[0].verdict is Verdict.FAIL


def test_the_schedule_may_wait_for_the_server_before_it_goes_on() -> None:
    asked = Backoff(waits_us=(1_000_000, 2_000_000), retry_after_obeyed=True)

    assert [finding.verdict for finding in findings(limited(waits_s=5), asked)] == [Verdict.PASS, Verdict.PASS]
