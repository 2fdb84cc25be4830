from __future__ import annotations

from typing import Any

import pytest

from harness.expectations import Finding, Verdict
from harness.expectations.timing import check, first_audio_us
from harness.scenario.model import Action, Blackhole, Bound, Fault, Refuse, Reset, Timing, Trigger
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

SECOND = 32_000


def at_most(seconds: float) -> Bound:
    return Bound(op="<=", value=seconds * 1e6)


def fault(id_: str, do: Action) -> Fault:
    return Fault.model_validate({"id": id_, "trigger": Trigger(at_us=0), "do": do})


def found(trace: Trace, *faults: Fault, **bounds: Any) -> Finding:
    (finding,) = check(case(faults=faults, timing=Timing(**bounds)), trace)
    return finding


def answered_after(*seconds: float | None) -> TraceBuilder:
    """Turns of a second, every ten seconds; each answered after so long, or not at all."""
    built = TraceBuilder()
    for turn, wait_s in enumerate(seconds):
        built.at(turn * 10).said(turn * SECOND, (turn + 1) * SECOND)
        if wait_s is not None:
            sound = [[turn * 4_800, (turn + 1) * 4_800]]
            built.at(turn * 10 + 1 + wait_s).saw("server.response.output_audio.delta", 1, audio=sound)
            built.saw("audio.output", audio=sound)
    return built


def test_the_first_audio_is_measured_from_the_end_of_the_turn() -> None:
    assert first_audio_us(answered_after(0.3, 0.5).at(30).ends()) == (300_000, 500_000)


def test_a_turn_that_nobody_answered_before_the_next_took_forever() -> None:
    assert first_audio_us(answered_after(None, 0.5).at(30).ends()) == (float("inf"), 500_000)


def test_audio_of_an_older_answer_is_no_answer() -> None:
    built = TraceBuilder().saw("server.response.output_audio.delta", 1, audio=[[0, 4_800]]).said(0, SECOND)
    built.at(1.1).saw("audio.output", audio=[[0, 4_800]])
    built.at(1.4).saw("server.response.output_audio.delta", 1, audio=[[4_800, 9_600]])
    built.at(1.5).saw("audio.output", audio=[[4_800, 9_600]])

    assert first_audio_us(built.ends()) == (500_000,)


def test_a_last_turn_that_the_end_of_the_run_left_no_time_for_is_not_counted() -> None:
    trace = answered_after(0.3, None).at(11.2).ends()

    assert found(trace, first_audio={"max": at_most(1)}).verdict is Verdict.PASS


@pytest.mark.parametrize(("statistic", "seconds"), [("p50", 0.2), ("p95", 0.4), ("max", 0.4), ("p25", 0.1)])
def test_a_statistic_is_by_nearest_rank(statistic: str, seconds: float) -> None:
    trace = answered_after(0.4, 0.1, 0.3, 0.2).at(60).ends()

    assert found(trace, first_audio={statistic: at_most(9)}).got == {statistic: seconds * 1e6, "answers": 4}


def test_slow_answers_are_told_with_their_size() -> None:
    finding = found(answered_after(0.4, 1.9).at(60).ends(), first_audio={"p95": at_most(1.5)})

    assert finding.sentence == "the first audio took 1.9 s (p95 of 2 turns) instead of at most 1.5 s"


def test_a_turn_without_any_answer_breaks_the_bound() -> None:
    finding = found(answered_after(None).at(60).ends(), first_audio={"max": at_most(1.5)})

    assert finding.sentence == "no answer came (max of 1 turn) instead of at most 1.5 s"


def test_without_a_turn_nothing_can_be_measured() -> None:
    assert found(TraceBuilder().ends(), first_audio={"max": at_most(1)}).verdict is Verdict.INCONCLUSIVE


HOLE = fault("hole", Blackhole())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("connection.reconnecting", {"attempt": 1}),
        ("wire.attempt", {}),
        ("wire.closed", {"by": "client"}),
        ("error", {}),
    ],
)
def test_a_fault_is_detected_when_the_client_reacts(kind: str, fields: dict[str, Any]) -> None:
    built = TraceBuilder().connects(1).at(2).saw("fault.hole", do="blackhole").saw("wire.closed", 1, by="proxy")
    trace = built.at(14).saw(kind, 1, **fields).at(30).ends()

    assert found(trace, HOLE, detected=at_most(12)).verdict is Verdict.PASS
    assert found(trace, HOLE, detected=at_most(11)).sentence == (
        "hole at 2 s was noticed in 12 s instead of at most 11 s"
    )


def test_a_fault_that_nobody_notices_is_not_detected() -> None:
    trace = TraceBuilder().connects(1).at(2).saw("fault.hole", do="blackhole").at(60).ends()

    assert found(trace, HOLE, detected=at_most(15)).sentence == "hole at 2 s was never noticed instead of at most 15 s"


def test_without_a_fault_nothing_can_be_detected() -> None:
    assert found(TraceBuilder().ends(), HOLE, detected=at_most(15)).verdict is Verdict.INCONCLUSIVE


def outage(*, ready_at_s: float | None) -> Trace:
    built = TraceBuilder().connects(1).at(2).saw("fault.cut", do="reset").saw("wire.reset", 1)
    built.saw("fault.gone", do="refuse").at(5).saw("fault.gone.healed")
    if ready_at_s is not None:
        built.at(ready_at_s).connects(2)
    return built.at(20).ends()


OUTAGE = (fault("cut", Reset()), fault("gone", Refuse()))


def test_recovery_is_measured_from_the_moment_at_which_no_fault_is_left() -> None:
    assert found(outage(ready_at_s=6.5), *OUTAGE, recovered=at_most(1.5)).verdict is Verdict.PASS
    assert found(outage(ready_at_s=6.5), *OUTAGE, recovered=at_most(1)).sentence == (
        "after 5 s the client was ready again in 1.5 s instead of at most 1 s"
    )


def test_a_client_that_never_comes_back_has_not_recovered() -> None:
    assert "never" in found(outage(ready_at_s=None), *OUTAGE, recovered=at_most(1)).sentence


def test_a_connection_that_lives_through_a_fault_has_nothing_to_recover_from() -> None:
    trace = TraceBuilder().connects(1).at(2).saw("fault.hole").at(3).saw("fault.hole.healed").at(9).ends()

    assert found(trace, HOLE, recovered=at_most(1)).got == {"recovered": 0}


def test_a_fault_of_a_moment_is_recovered_from_as_soon_as_it_has_fired() -> None:
    built = TraceBuilder().connects(1).at(2).saw("fault.cut", do="reset").saw("wire.reset", 1).at(3).connects(2)

    assert found(built.at(9).ends(), OUTAGE[0], recovered=at_most(1)).got == {"recovered": 1_000_000}


def test_a_fault_that_lasts_to_the_end_leaves_nothing_to_recover_from() -> None:
    trace = TraceBuilder().connects(1).at(2).saw("fault.gone", do="refuse").at(9).ends()

    assert found(trace, OUTAGE[1], recovered=at_most(1)).verdict is Verdict.INCONCLUSIVE


def test_stopping_is_measured_from_the_call_to_its_return() -> None:
    trace = TraceBuilder().at(5).saw("run.disconnecting").at(9).saw("run.disconnected").ends()

    assert found(trace, stopped=at_most(4)).verdict is Verdict.PASS
    assert found(trace, stopped=at_most(3)).sentence == (
        "disconnect(), called at 5 s, returned in 4 s instead of at most 3 s"
    )


def test_a_client_that_does_not_stop_breaks_the_bound() -> None:
    assert (
        found(TraceBuilder().at(5).saw("run.disconnecting").at(30).ends(), stopped=at_most(3)).verdict is Verdict.FAIL
    )


def test_a_client_that_nobody_stopped_decides_nothing() -> None:
    assert found(TraceBuilder().ends(), stopped=at_most(3)).verdict is Verdict.INCONCLUSIVE
