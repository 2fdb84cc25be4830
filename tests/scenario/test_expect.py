"""What must hold, in every way in which it may be written."""

from pathlib import Path

import pytest

from harness.scenario.limits import Limits
from harness.scenario.model import (
    Audio,
    AudioBounds,
    Backoff,
    Bound,
    End,
    Expect,
    Line,
    Matcher,
    Never,
    Order,
    SessionExpectation,
    Timing,
    Tolerance,
)
from tests.support.scenarios import END, case_of, scenario


def expected(folder: Path, block: str) -> Expect:
    return case_of(folder, scenario("faults: [{id: cut, at: 1s, do: reset}]", expect=f"{block}, {END}")).expect


def test_an_end_alone_is_a_check(tmp_path: Path):
    assert case_of(tmp_path, scenario()).expect == Expect(end=End(state="active", by_us=60_000_000))


def test_an_end_holds_for_a_second_by_default(tmp_path: Path):
    expect = case_of(tmp_path, scenario(expect="end: {state: error, by: 9s, hold: 5s}")).expect

    assert expect.end == End(state="error", by_us=9_000_000, hold_us=5_000_000)
    assert case_of(tmp_path, scenario()).expect.end.hold_us == 1_000_000


def test_an_order_is_a_list_of_events(tmp_path: Path):
    assert expected(tmp_path, "order: [wire.attempt, fault.cut, {wire.ready: {}}]").order == Order(
        lines=tuple(Line(match=Matcher(event=event)) for event in ("wire.attempt", "fault.cut", "wire.ready"))
    )


def test_an_order_may_forbid_others(tmp_path: Path):
    order = expected(tmp_path, "order: {exactly: true, events: [wire.attempt]}").order

    assert order == Order(lines=(Line(match=Matcher(event="wire.attempt")),), exactly=True)


def test_a_line_may_ask_for_fields_and_for_its_place(tmp_path: Path):
    line = '{connection.reconnecting: {attempt: 2, nth: 3, gap: ">= 3s", within: 5s, optional: true}}'
    order = expected(tmp_path, f"order: [wire.attempt, {line}]").order

    assert order is not None
    assert order.lines[1] == Line(
        match=Matcher(event="connection.reconnecting", nth=3, fields={"attempt": 2}),
        gap=Bound(op=">=", value=3_000_000),
        within_us=5_000_000,
        optional=True,
    )


def test_a_group_comes_in_any_order(tmp_path: Path):
    order = expected(tmp_path, "order: [{any_order: [wire.ready, {wire.open: {path: /x}}], within: 5s}]").order

    assert order == Order(
        lines=(
            Line(
                any_order=(Matcher(event="wire.ready"), Matcher(event="wire.open", fields={"path": "/x"})),
                within_us=5_000_000,
            ),
        )
    )


def test_never_may_end_at_an_event(tmp_path: Path):
    assert expected(tmp_path, "never: [error, {wire.reset: {by: client, until: {wire.ready: {nth: 2}}}}]").never == (
        Never(match=Matcher(event="error")),
        Never(match=Matcher(event="wire.reset", fields={"by": "client"}), until=Matcher(event="wire.ready", nth=2)),
    )


def test_counts_may_be_compared(tmp_path: Path):
    assert expected(tmp_path, 'count: {wire.attempt: "<= 3", client.response.create: 0}').count == {
        "wire.attempt": Bound(op="<=", value=3),
        "client.response.create": Bound(op="==", value=0),
    }


@pytest.mark.parametrize(
    ("each", "tolerance"),
    [
        ("±5%", Tolerance(share_min=0.95, share_max=1.05)),
        ("±50ms", Tolerance(off_us=50_000)),
        ("75%..100%", Tolerance(share_min=0.75, share_max=1.0)),
    ],
)
def test_waits_have_a_tolerance(tmp_path: Path, each: str, tolerance: Tolerance):
    assert expected(tmp_path, f"backoff: {{waits: [1s, 2s], each: {each}}}").backoff == Backoff(
        waits_us=(1_000_000, 2_000_000), each=tolerance
    )


def test_retry_after_can_be_asked_for_alone(tmp_path: Path):
    assert expected(tmp_path, "backoff: {retry_after: obeyed}").backoff == Backoff(retry_after_obeyed=True)


def test_audio_is_bounded_for_each_speaker(tmp_path: Path):
    audio = expected(tmp_path, 'audio: {caller: {lost: "<= 100ms", repeated: 0ms}, agent: {reordered: 0ms}}').audio

    assert audio == Audio(
        caller=AudioBounds(lost=Bound(op="<=", value=100_000), repeated=Bound(op="==", value=0)),
        agent=AudioBounds(reordered=Bound(op="==", value=0)),
    )


def test_a_session_can_be_restored_resumed_and_remembered(tmp_path: Path):
    assert expected(tmp_path, "session: {restored: true, resumed: false, history: kept}").session == (
        SessionExpectation(restored=True, resumed=False, history_kept=True)
    )


def test_timing_is_bounded(tmp_path: Path):
    block = 'timing: {first_audio: {p50: "< 1s", p95: "< 1500ms", max: "< 3s"}, detected: "<= 15s", recovered: "<= 2s", stopped: "<= 3s"}'

    assert expected(tmp_path, block).timing == Timing(
        first_audio={
            "p50": Bound(op="<", value=1_000_000),
            "p95": Bound(op="<", value=1_500_000),
            "max": Bound(op="<", value=3_000_000),
        },
        detected=Bound(op="<=", value=15_000_000),
        recovered=Bound(op="<=", value=2_000_000),
        stopped=Bound(op="<=", value=3_000_000),
    )


def test_invariants_can_be_excepted(tmp_path: Path):
    assert expected(tmp_path, "invariants: {except: [I11, I28]}").invariants_except == ("I11", "I28")


def test_an_invariant_may_have_other_limits(tmp_path: Path):
    block = "invariants: {limits: {half_open_within: 20s, attempts_max: 20, replay_pace: 1.5}}"

    limits = expected(tmp_path, block).limits

    assert limits == Limits(half_open_within_us=20_000_000, attempts_max=20, replay_pace=1.5)
