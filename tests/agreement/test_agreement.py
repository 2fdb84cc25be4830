"""What counts as a difference between two traces of one case, on traces written by hand."""

from __future__ import annotations

import pytest

from harness.trace import Trace
from tests.support.agreement import Waiting, differences, waits
from tests.support.traces import TraceBuilder


def a_call(*, wait_s: float = 1.0, by: str = "proxy", attempt: int = 1) -> TraceBuilder:
    """A connection that is cut at 1 s, and the next one."""
    call = TraceBuilder().saw("run.connecting").connects(1)
    call.at(1.0).saw("fault.drop", do="drop").saw("wire.closed", 1, code=1006, reason="", by=by)
    call.saw("connection.reconnecting", attempt=attempt, max_attempts=5, backoff_delay=1.0)
    call.at(1.0 + wait_s).connects(2).saw("connection.reconnected", attempts=attempt)
    return call


def lines(expected: Trace, got: Trace, *, late_us: int = 0) -> list[str]:
    return [str(difference) for difference in differences(expected, got, late_us=late_us)]


def test_a_trace_agrees_with_itself() -> None:
    assert lines(a_call().ends(), a_call().ends()) == []


def test_an_event_that_says_something_else_is_told_with_both_values() -> None:
    (line,) = lines(a_call().ends(), a_call(by="client").ends())

    assert line == ("wire[3]: wire.closed 1 code=1006 reason= by=proxy | wire.closed or wire.reset 1 by=client")


def test_an_event_that_is_missing_is_told() -> None:
    whole = a_call()
    whole.saw("connection.failed", attempts=5, reason="gone")

    assert lines(whole.ends(), a_call().ends()) == [
        "connection[2]: connection.failed attempts=5 reason=gone | nothing more"
    ]


def test_an_event_too_many_is_told() -> None:
    more = a_call()
    more.saw("wire.attempt", 3, endpoint="session")

    assert lines(a_call().ends(), more.ends()) == ["wire[7]: nothing more | wire.attempt 3"]


def test_another_order_of_one_owners_events_is_a_difference() -> None:
    one = TraceBuilder().saw("fault.drop", do="drop").saw("fault.reset", do="reset").ends()
    other = TraceBuilder().saw("fault.reset", do="reset").saw("fault.drop", do="drop").ends()

    assert lines(one, other) == ["fault[0]: fault.drop | fault.reset"]


def test_how_the_events_of_two_owners_interleave_is_left_open() -> None:
    one = TraceBuilder().saw("wire.closed", 1, code=1011, reason="", by="server").saw("connection.failed", attempts=0)
    other = TraceBuilder().saw("connection.failed", attempts=0).saw("wire.closed", 1, code=1011, reason="", by="server")

    assert lines(one.ends(), other.ends()) == []


def test_a_wait_that_is_longer_than_the_tolerance_is_a_difference() -> None:
    assert lines(a_call().ends(), a_call(wait_s=1.11).ends()) == ["wait before attempt 2[0]: 1.000 s | 1.110 s"]


def test_a_wait_within_the_tolerance_is_none() -> None:
    assert lines(a_call().ends(), a_call(wait_s=1.09).ends()) == []


def test_a_host_that_was_late_makes_a_longer_wait_no_difference() -> None:
    assert lines(a_call().ends(), a_call(wait_s=1.11).ends(), late_us=20_000) == []


def test_how_tcp_ended_a_loss_that_nobody_ordered_is_left_open() -> None:
    fin = TraceBuilder().connects().saw("wire.closed", 1, code=1006, reason="", by="client").ends()
    rst = TraceBuilder().connects().saw("wire.reset", 1, by="client").ends()

    assert lines(fin, rst) == []


def test_a_cut_of_the_proxy_is_a_fin_or_an_rst_as_it_was_ordered() -> None:
    fin = TraceBuilder().connects().saw("wire.closed", 1, code=1006, reason="", by="proxy").ends()
    rst = TraceBuilder().connects().saw("wire.reset", 1, by="proxy").ends()

    assert lines(fin, rst) != []


def test_a_message_that_opens_the_session_otherwise_is_a_difference() -> None:
    one = TraceBuilder().saw("wire.attempt", 1).saw("client.setup", 1).saw("wire.ready", 1, resumed=False).ends()
    other = (
        TraceBuilder().saw("wire.attempt", 1).saw("client.realtimeInput", 1).saw("wire.ready", 1, resumed=False).ends()
    )

    assert lines(one, other) == ["client.1[0]: client.setup | client.realtimeInput"]


def test_what_is_said_once_the_session_is_ready_is_left_open() -> None:
    one = TraceBuilder().connects().saw("client.realtimeInput", 1).ends()
    other = TraceBuilder().connects().saw("server.serverContent", 1).ends()

    assert lines(one, other) == []


@pytest.mark.parametrize("state", ["connecting", "disconnecting"])
def test_a_state_on_the_way_may_be_missed(state: str) -> None:
    one = TraceBuilder().state("idle").state(state).state("active").ends()
    other = TraceBuilder().state("idle").state("active").ends()

    assert lines(one, other) == []


def test_a_state_in_which_a_client_stays_may_not() -> None:
    one = TraceBuilder().state("active").state("error").ends()
    other = TraceBuilder().state("active").ends()

    assert lines(one, other) == ["run.state[1]: error | nothing more"]


def test_a_wait_is_counted_from_the_end_of_the_attempt_before() -> None:
    call = TraceBuilder().connects(1).at(2.0).saw("wire.closed", 1, code=1006, reason="", by="proxy")
    call.at(3.0).refused(2).at(5.5).connects(3)

    assert waits(call.ends()) == (Waiting(before=2, lasted_us=1_000_000), Waiting(before=3, lasted_us=2_500_000))


def test_a_switch_that_overlaps_is_no_wait() -> None:
    call = (
        TraceBuilder().connects(1).at(2.0).connects(2).at(2.1).saw("wire.closed", 1, code=1000, reason="", by="client")
    )

    assert waits(call.ends()) == ()
