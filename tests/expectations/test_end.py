from __future__ import annotations

import pytest

from harness.expectations import Finding, Verdict
from harness.expectations.end import check
from harness.scenario.model import End
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case


def found(trace: Trace, state: str = "active", *, by_us: int = 10_000_000) -> Finding:
    (finding,) = check(case(end=End.model_validate({"state": state, "by_us": by_us})), trace)
    return finding


def ending(state: str, *, since_s: float, at_s: float, why: str = "settled", detail: str = "") -> Trace:
    return TraceBuilder().state("connecting").at(since_s).state(state).at(at_s).ends(why, detail=detail)


@pytest.mark.parametrize("state", ["error", "disconnected", "active"])
def test_a_client_that_rests_in_the_state_asked_for_is_well(state: str) -> None:
    assert found(ending(state, since_s=2, at_s=3), state).verdict is Verdict.PASS


def test_a_client_that_is_connected_can_be_used_and_so_is_active() -> None:
    assert found(ending("connected", since_s=2, at_s=3)).verdict is Verdict.PASS


def test_going_from_connected_to_active_is_no_change() -> None:
    trace = TraceBuilder().at(1).state("connected").at(4.9).state("active").at(5).ends()

    assert found(trace).verdict is Verdict.PASS


def test_another_state_is_a_failure() -> None:
    assert found(ending("error", since_s=2, at_s=9)).sentence == (
        "the client was error since 2 s, not active, when the run ended at 9 s"
    )


def test_a_state_must_be_held() -> None:
    finding = found(ending("active", since_s=9.5, at_s=10, why="deadline"))

    assert finding.sentence == "the client was active for 500 ms only, not for 1 s, when the run ended at 10 s"


def test_a_client_that_has_given_up_is_not_hung() -> None:
    finding = found(ending("error", since_s=2, at_s=10, why="hung", detail="error at 10.000 s"))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "the client had given up: it was error since 2 s, and should have been active"


def test_a_client_that_is_still_busy_at_the_deadline_is_hung() -> None:
    finding = found(ending("connecting", since_s=2, at_s=10, why="hung", detail="connecting at 10.000 s"))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "the client hung: it was connecting at 10 s, and should have been active by then"


def test_a_client_that_waits_for_nothing_fails() -> None:
    assert found(ending("active", since_s=2, at_s=5, why="nothing-left")).verdict is Verdict.FAIL


def test_a_client_that_crashed_fails() -> None:
    finding = found(ending("active", since_s=2, at_s=5, why="client-crashed", detail="KeyError: 'x'"))

    assert finding.sentence == "the client crashed at 5 s: KeyError: 'x'"


def test_a_run_that_ends_after_its_deadline_fails() -> None:
    assert found(ending("active", since_s=2, at_s=12)).sentence == "the run ended at 12 s, later than 10 s"


def test_a_client_that_never_told_a_state_is_in_none() -> None:
    assert found(TraceBuilder().at(3).ends()).verdict is Verdict.FAIL
