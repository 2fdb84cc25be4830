from __future__ import annotations

from dataclasses import replace

from harness.expectations.invariants import Said
from harness.expectations.invariants.i28_nothing_is_left import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def test_a_clean_end_keeps_it() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.KEPT


def test_something_left_behind_breaks_it() -> None:
    ruling = ruled(INVARIANT, TraceBuilder().connects().at(9).ends("left-behind", detail="2 tasks"))

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the client was stopped, and left something behind: 2 tasks"


def test_an_error_that_nobody_caught_breaks_it() -> None:
    trace = (
        TraceBuilder().connects().at(9).saw("run.unhandled", error="RuntimeError: Task cannot await on itself").ends()
    )

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "an error that nobody caught, at 9 s: RuntimeError: Task cannot await on itself"


def test_half_a_trace_leaves_it_open() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().trace()).said is Said.UNDECIDED


def test_on_the_real_clock_it_is_not_asked() -> None:
    trace = TraceBuilder().connects().at(9).ends()
    trace = replace(trace, header=replace(trace.header, clock="real"))

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_what_is_left_when_a_slow_goodbye_is_cut_short_is_not_judged() -> None:
    detail = "disconnect() did not return within 5 s; 1 task: Connection.close"

    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends("left-behind", detail=detail)).said is Said.UNDECIDED


def test_a_goodbye_that_cannot_even_be_cut_short_breaks_it() -> None:
    detail = "disconnect() did not return within 5 s, disconnect() goes on after it was cancelled"

    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends("left-behind", detail=detail)).said is Said.BROKEN


def test_a_task_that_died_and_may_still_be_looked_at_is_not_judged() -> None:
    trace = TraceBuilder().connects().at(9).ends()
    assert trace.end is not None
    end = replace(trace.end, let_go=("RuntimeError: no more", "ValueError: nothing"))

    ruling = ruled(INVARIANT, replace(trace, end=end))

    assert ruling.said is Said.UNDECIDED
    assert ruling.sentence == (
        "a task of the client died, and nobody had looked by the end: RuntimeError: no more, and 1 more"
    )
