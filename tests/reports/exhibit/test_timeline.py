"""The lanes, each from a trace as short as the story that it tells."""

from __future__ import annotations

from collections.abc import Iterable

from harness.expectations import judge
from harness.reports.exhibit import Mark, Timeline, exhibit
from harness.reports.exhibit.marks import MARKS_MAX
from harness.scenario.model import Backoff, Case, Down, Fault, Reset, Trigger
from harness.trace import Trace
from tests.support.results import three_waits
from tests.support.traces import TraceBuilder, case

SECOND = 32_000
"""Bytes of a caller's second."""


def timeline(trace: Trace) -> Timeline:
    found = exhibit(trace, judge(trace))
    assert found.timeline is not None, found.trouble
    return found.timeline


def lane(trace: Trace, name: str) -> tuple[Mark, ...]:
    return next((lane.marks for lane in timeline(trace).lanes if lane.name == name), ())


def told(marks: Iterable[Mark]) -> list[tuple[int, int | None, str, str]]:
    """Milliseconds, tone and label."""
    return [(m.from_us // 1000, None if m.to_us is None else m.to_us // 1000, m.tone, m.label) for m in marks]


def call(asked: Case | None = None) -> TraceBuilder:
    return TraceBuilder(asked).state("active").connects(1)


def test_a_state_lasts_until_the_next_one() -> None:
    trace = call().at(2).state("connecting").at(3).state("active").at(5).ends()

    assert told(lane(trace, "state")) == [
        (0, 2000, "good", "active"),
        (2000, 3000, "busy", "connecting"),
        (3000, 5000, "good", "active"),
    ]


def test_a_connection_is_a_bar_with_the_code_that_ended_it() -> None:
    trace = call().at(2).saw("wire.closed", 1, code=1011, by="server").at(3).refused(2).at(4).connects(3).at(6).ends()

    assert told(lane(trace, "connections")) == [
        (0, 2000, "good", "#1 → 1011"),
        (3000, 3000, "bad", "#2 → refused"),
        (4000, 6000, "good", "#3"),
    ]


def test_a_connection_tells_its_story() -> None:
    trace = call().at(2).saw("wire.closed", 1, code=1011, by="server").at(3).ends()

    assert [mark.what for mark in lane(trace, "connections")] == [
        'connection 1: open after 0 ms, ready after 0 ms, closed after 2 s {code: 1011, by: "server"}'
    ]


def test_a_slow_handshake_is_a_part_of_its_connection() -> None:
    built = TraceBuilder().saw("wire.attempt", 1, endpoint="session").at(1).saw("wire.open", 1)
    trace = built.at(2).saw("wire.ready", 1).at(4).ends()

    assert told(lane(trace, "connections")) == [(0, 2000, "busy", ""), (2000, 4000, "good", "#1")]


def test_a_wait_that_is_not_what_was_asked_for_says_both() -> None:
    asked = case(backoff=Backoff(waits_us=(1_000_000, 2_000_000, 4_000_000)))
    trace = three_waits(asked, last_s=5.2).ends()

    assert told(lane(trace, "waits")) == [
        (500, 1500, "wait", "1 s"),
        (1500, 3500, "wait", "2 s"),
        (3500, 8700, "wrong", "5.2 s, expected 4 s"),
    ]


def test_a_wait_shorter_than_the_server_asked_for_is_shown_whoever_judges_it() -> None:
    built = call().at(1).saw("wire.reset", 1).saw("wire.attempt", 2).saw("wire.refused", 2, retry_after_us=7_000_000)

    waits = lane(built.at(2).connects(3).at(3).ends(), "waits")

    assert told(waits)[-1] == (1000, 2000, "wrong", "1 s, server asked for 7 s")


def test_a_fault_that_lasts_is_a_span_that_ends_when_it_is_healed() -> None:
    fault = Fault(id="outage", trigger=Trigger(at_us=1_000_000), do=Down(), for_us=2_000_000)
    trace = call(case(faults=(fault,))).at(1).saw("fault.outage", do="down").at(3).saw("fault.outage.healed")

    assert told(lane(trace.at(5).ends(), "faults")) == [(1000, 3000, "fault", "outage")]


def test_a_fault_of_a_moment_is_a_moment() -> None:
    fault = Fault(id="cut", trigger=Trigger(at_us=1_000_000), do=Reset())
    trace = call(case(faults=(fault,))).at(1).saw("fault.cut", do="reset").at(5).ends()

    assert told(lane(trace, "faults")) == [(1000, None, "fault", "cut")]


def test_a_stream_of_messages_is_one_bar_that_counts_them() -> None:
    built = call()
    for number in range(100):
        built.at(1 + number / 50).saw("client.Media", 1, audio=[[number * 640, number * 640 + 640]])

    marks = lane(built.at(5).ends(), "client")

    assert told(marks) == [(1000, 2980, "plain", "Media ×100")]
    assert marks[0].what == "100 × client.Media on connection 1"


def test_a_pause_ends_a_stream() -> None:
    built = call()
    for number in range(100):
        built.at(number / 50 + (3 if number >= 50 else 0)).saw("client.Media", 1)

    assert [mark.count for mark in lane(built.at(9).ends(), "client")] == [50, 50]


def test_what_the_client_tells_of_its_trouble_has_a_tone_of_its_own() -> None:
    built = call().at(1).saw("connection.reconnecting", attempt=1).at(2).saw("connection.failed", reason="no")

    assert told(lane(built.at(3).ends(), "told")) == [(1000, None, "busy", ""), (2000, None, "bad", "")]


def test_messages_at_one_instant_are_one_mark_that_names_them() -> None:
    built = call().at(1).saw("server.a").saw("server.b").saw("server.a")

    (mark,) = lane(built.at(3).ends(), "server")

    assert (mark.count, mark.label, mark.what) == (3, "×3", "3 together: 2 × server.a, server.b")


def test_ten_thousand_messages_are_marks_that_can_be_told_apart_and_none_is_missing() -> None:
    built = call()
    for number in range(10_000):
        built.at(number / 100).saw(f"server.message{number % 97}", 1)

    marks = lane(built.at(101).ends(), "server")

    assert len(marks) <= MARKS_MAX
    assert sum(mark.count for mark in marks) == 10_000


def test_what_was_lost_of_the_caller_stands_where_it_was_said() -> None:
    built = call().at(1).said(0, 2 * SECOND)
    built.at(2).saw("client.audio", 1, audio=[[0, SECOND]])

    assert told(lane(built.at(9).ends(), "caller")) == [(1000, 3000, "speech", "2 s"), (2000, 3000, "lost", "1 s lost")]


def test_what_was_heard_twice_of_the_caller_is_marked() -> None:
    built = call().at(1).said(0, 2 * SECOND)
    built.at(3).saw("client.audio", 1, audio=[[0, 2 * SECOND]]).saw("client.audio", 1, audio=[[SECOND, 2 * SECOND]])

    assert told(lane(built.at(9).ends(), "caller"))[1:] == [(2000, 3000, "repeated", "1 s repeated")]


def test_what_was_heard_too_late_of_the_caller_is_marked() -> None:
    built = call().at(1).said(0, 2 * SECOND)
    built.at(3).saw("client.audio", 1, audio=[[SECOND, 2 * SECOND]]).saw("client.audio", 1, audio=[[0, SECOND]])

    assert told(lane(built.at(9).ends(), "caller"))[1:] == [(1000, 2000, "reordered", "1 s reordered")]


def test_what_was_lost_of_the_agent_stands_where_it_was_sent() -> None:
    built = call().at(1).saw("server.audio", 1, audio=[[0, 48_000]]).saw("audio.output", audio=[[0, 48_000]])
    built.at(2).saw("server.audio", 1, audio=[[48_000, 96_000]])

    assert told(lane(built.at(9).ends(), "agent")) == [(1000, 1000, "speech", "1 s"), (2000, 2000, "lost", "1 s lost")]


def test_a_turn_that_the_end_of_the_run_cut_off_is_drawn_until_then() -> None:
    trace = call().at(1).saw("caller.speaking", audio=[[0, 0]]).at(3).ends()

    assert told(lane(trace, "caller"))[0] == (1000, 3000, "speech", "2 s")


def test_a_lane_with_nothing_in_it_is_left_out() -> None:
    assert [lane.name for lane in timeline(call().at(1).ends()).lanes] == ["state", "connections"]


def test_the_moment_at_which_it_broke_is_that_of_the_first_reason() -> None:
    asked = case(backoff=Backoff(waits_us=(1_000_000, 2_000_000, 4_000_000)))

    assert timeline(three_waits(asked, last_s=5.2).ends()).broke_us == 8_700_000
    assert timeline(three_waits(asked).ends()).broke_us is None
