from __future__ import annotations

import pickle
from dataclasses import replace

from harness.expectations import judge
from harness.reports.exhibit import Exhibit, Nearby, OrderLine, Place, exhibit
from harness.scenario.model import Bound, Case, Fault, Line, Matcher, Order, Reset, Trigger
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case


def of(trace: Trace) -> Exhibit:
    found = exhibit(trace, judge(trace))
    assert not found.trouble
    return found


def line(kind: str, **more: object) -> Line:
    return Line(match=Matcher(event=kind), **more)


def ordered(*lines: Line, exactly: bool = False) -> Case:
    return case(order=Order(lines=lines, exactly=exactly))


def story(asked: Case) -> Trace:
    built = TraceBuilder(asked).state("active").connects(1).at(1).saw("wire.reset", 1, by="proxy")
    return built.at(2).refused(2).at(4).connects(3).at(6).ends()


def test_a_broken_order_parts_where_the_first_line_is_missing() -> None:
    asked = ordered(line("wire.reset"), line("wire.refused"), line("wire.abandoned"), line("wire.ready"))

    lines = of(story(asked)).order

    assert [(one.place, one.expected) for one in lines if one.expected] == [
        (Place.KEPT, "wire.reset"),
        (Place.KEPT, "wire.refused"),
        (Place.DIVERGED, "wire.abandoned"),
        (Place.UNREACHED, "wire.ready"),
    ]


def test_what_came_instead_stands_below_the_line_that_is_missing() -> None:
    lines = of(story(ordered(line("wire.refused"), line("wire.abandoned")))).order

    assert [(one.at_us, one.got) for one in lines if one.place is Place.INSTEAD] == [
        (4_000_000, 'wire.attempt on connection 3 {endpoint: "session"}'),
        (4_000_000, 'wire.open on connection 3 {path: "/v1", query: []}'),
        (4_000_000, "wire.ready on connection 3 {resumed: false}"),
    ]


def test_an_event_that_came_too_soon_is_where_the_columns_part() -> None:
    asked = ordered(line("wire.refused"), line("wire.attempt", gap=Bound(op=">=", value=3e6)))

    lines = of(story(asked)).order

    assert lines[1] == OrderLine(
        place=Place.DIVERGED,
        expected="wire.attempt",
        got="wire.attempt came 2 s after wire.refused, not at least 3 s, at 4 s",
        at_us=4_000_000,
    )


def test_an_event_too_many_is_told_below_the_lines_that_were_kept() -> None:
    lines = of(story(ordered(line("wire.attempt"), exactly=True))).order

    assert [one.place for one in lines] == [Place.KEPT, Place.DIVERGED]
    assert lines[1].got.startswith("wire.open came at 0 s")


def test_a_line_that_was_left_out_says_so() -> None:
    lines = of(story(ordered(line("wire.abandoned", optional=True), line("wire.closed")))).order

    assert [one.place for one in lines[:2]] == [Place.LEFT_OUT, Place.DIVERGED]


def test_an_order_that_was_kept_needs_no_columns() -> None:
    assert of(story(ordered(line("wire.refused")))).order == ()


def test_a_fault_that_fired_is_proved_by_its_moment() -> None:
    fault = Fault(id="cut", trigger=Trigger(at_us=1_000_000), do=Reset())
    trace = TraceBuilder(case(faults=(fault,))).connects(1).at(1).saw("fault.cut", 1, do="reset").at(3).ends()

    (told,) = of(trace).faults

    assert (told.does, told.asked, told.fired, told.healed) == ("reset", "at 1 s", "1 s on connection 1", "at once")


def test_a_fault_that_never_fired_says_why() -> None:
    fault = Fault(id="cut", trigger=Trigger(when=Matcher(event="wire.refused"), after_us=1_000_000), do=Reset())
    trace = TraceBuilder(case(faults=(fault,))).connects(1).at(3).saw("fault.cut.unfired", why="waited in vain").ends()

    (told,) = of(trace).faults

    assert (told.asked, told.fired, told.why_not) == ("1 s after wire.refused", "", "waited in vain")


def test_around_the_moment_stands_what_came_before_and_after() -> None:
    built = TraceBuilder(ordered(line("wire.refused"), line("wire.abandoned", within_us=1))).state("active").connects(1)
    for number in range(30):
        built.at(1 + number / 50).saw("client.Media", 1, audio=[[number * 640, number * 640 + 640]])
    trace = built.at(2).refused(2).at(2.5).saw("wire.abandoned", 2).at(3).ends()

    rows = of(trace).nearby

    assert Nearby(at_us=1_000_000, what="30 × client.Media") in rows
    assert [row.what for row in rows if row.at_the_moment] == ["wire.abandoned on connection 2"]


def test_a_pass_has_no_moment() -> None:
    assert of(TraceBuilder().state("active").connects(1).at(3).ends()).nearby == ()


def test_the_host_is_told_with_what_the_scenario_bears() -> None:
    asked = ordered(line("wire.attempt", within_us=1_000_000))
    host = of(TraceBuilder(asked).connects(1).at(3).ends(late_us=150_000)).host

    assert host is not None
    assert (host.late_us, host.allowed_us, host.is_too_late) == (150_000, 100_000, True)


def test_a_trace_without_its_end_is_drawn_as_far_as_it_goes() -> None:
    found = of(TraceBuilder().state("active").connects(1).at(3).saw("error").trace())

    assert found.timeline is not None
    assert found.timeline.lasted_us == 3_000_000
    assert found.host is not None
    assert found.host.ended == "halfway"


def test_a_trace_with_nothing_in_it_is_drawn_as_nothing() -> None:
    assert of(Trace(header=TraceBuilder().header, events=(), end=None)).timeline is not None


def test_a_trace_whose_events_make_no_sense_costs_the_drawing_and_not_the_verdict() -> None:
    trace = TraceBuilder().state("active").connects(1).saw("caller.paused", audio=[["a", "b"]]).at(3).ends()
    broken = replace(trace, header=replace(trace.header, audio_rates_hz={}))

    assert "this trace cannot be drawn: " in exhibit(broken, judge(broken)).trouble


def test_an_exhibit_goes_through_a_pipe() -> None:
    found = of(story(ordered(line("wire.closed"))))

    assert pickle.loads(pickle.dumps(found)) == found
