"""What is kept of a run, and what is not: nothing of it may differ between two equal runs."""

from __future__ import annotations

from dataclasses import replace

from harness.expectations import judge
from harness.regression.profile import asked, lost, profile, seen
from harness.regression.shape import WORDS_MAX, Order, Shape, shape
from harness.regression.timings import timings_us
from harness.scenario.model import Matcher, Never, Runs
from harness.trace import Trace
from tests.support.results import three_waits
from tests.support.traces import TraceBuilder, case


def on_the_real_clock(trace: Trace) -> Trace:
    return replace(trace, header=replace(trace.header, clock="real"))


def shape_of(trace: Trace) -> Shape:
    return shape(trace, judge(trace))


def test_the_order_has_the_wire_and_the_client_with_what_tells_them_apart() -> None:
    trace = (
        TraceBuilder()
        .connects(1)
        .saw("fault.cut", 1, do="reset")
        .saw("wire.closed", 1, code=1006, by="proxy")
        .saw("connection.reconnecting", attempt=1, backoff_delay=1.0)
        .saw("wire.attempt", 2, endpoint="session")
        .saw("wire.refused", 2, status=503)
        .saw("audio.output", audio=[[0, 8]])
        .ends()
    )

    assert shape_of(trace).order.words == (
        "wire.attempt", "wire.open", "wire.ready", "fault.cut", "wire.closed 1006 by proxy", "connection.reconnecting 1",
        "wire.attempt", "wire.refused 503",
    )  # fmt: skip


def test_what_comes_many_times_in_a_row_is_counted_on_the_virtual_clock() -> None:
    trace = TraceBuilder().saw("error").saw("error").saw("error").ends()

    assert shape_of(trace).order.words == ("error ×3",)


def test_how_often_it_came_is_noise_on_the_real_clock() -> None:
    trace = TraceBuilder().saw("error").saw("error").saw("error").ends()

    assert shape_of(on_the_real_clock(trace)).order.words == ("error",)


def test_waits_are_kept_exactly_on_the_virtual_clock_only() -> None:
    trace = three_waits(case()).ends()

    assert shape_of(trace).waits_us == (1_000_000, 2_000_000, 4_000_000)
    assert shape_of(on_the_real_clock(trace)).waits_us == ()


def test_lost_speech_is_kept_in_time() -> None:
    trace = TraceBuilder().connects().state("active").said(0, 32_000).at(9).ends()

    assert shape_of(trace).audio_us == {"caller lost": 1_000_000}


def test_messages_of_the_client_are_kept_connection_by_connection() -> None:
    trace = TraceBuilder().saw("client.a", 1).saw("client.b", 2).saw("client.a", 1).ends()

    assert shape_of(trace).sent.words == ("connection 1", "client.a", "connection 2", "client.b")


def test_a_failed_run_keeps_what_was_broken_and_one_sentence() -> None:
    trace = (
        TraceBuilder(case(never=(Never(match=Matcher(event="error")),))).connects().state("active").saw("error").ends()
    )

    assert "never" in shape_of(trace).broken
    assert shape_of(trace).sentence


def test_orders_are_equal_if_their_marks_are() -> None:
    assert Order.of("abc") == Order(mark=Order.of("abc").mark)


def test_a_flood_is_kept_as_its_beginning_and_a_mark_of_all_of_it() -> None:
    one, other = Order.of("ab" * 5000), Order.of("ab" * 5000 + "c")

    assert len(one.words) == WORDS_MAX
    assert one != other


def test_half_a_surrogate_pair_does_no_harm() -> None:
    assert Order.of(["\ud800"]).mark


# ── times ────────────────────────────────────────────────────────────────────


def test_a_run_on_the_real_clock_has_one_time_of_each_kind() -> None:
    trace = on_the_real_clock(three_waits(case()).saw("run.disconnecting").at(12).saw("run.disconnected").ends())

    assert timings_us(trace) == {"ready": 0, "outage": 7_000_000, "waits": 7_000_000, "hang-up": 2_500_000}


def test_an_outage_without_an_end_has_no_time() -> None:
    trace = TraceBuilder().connects().at(1).saw("wire.closed", 1, code=1006, by="proxy").at(9).ends()

    assert "outage" not in timings_us(trace)


def test_a_run_on_the_virtual_clock_keeps_no_times() -> None:
    trace = three_waits(case()).ends()

    assert seen(trace, judge(trace), seed=0).timings_us == {}


# ── profiles ─────────────────────────────────────────────────────────────────


def test_a_run_without_a_trace_is_kept_as_inconclusive() -> None:
    assert lost("the worker died", seed=3).shape.verdict.value == "inconclusive"


def test_runs_stand_in_the_order_of_their_seeds() -> None:
    trace = three_waits(case()).ends()
    runs = [seen(trace, judge(trace), seed=seed) for seed in (2, 0, 1)]

    assert [run.seed for run in profile("a::b", "virtual", runs, asks="", required=Runs()).runs] == [0, 1, 2]


def test_where_a_case_stands_and_what_it_is_called_is_no_part_of_what_it_asks() -> None:
    moved = case().model_copy(update={"place": "other.yaml:9", "summary": "in other words", "tags": ("new",)})

    assert asked(moved) == asked(case())


def test_another_fault_or_expectation_is_another_question() -> None:
    assert asked(case(never=(Never(match=Matcher(event="error")),))) != asked(case())
