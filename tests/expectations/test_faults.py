from __future__ import annotations

from harness.expectations import Finding, Verdict
from harness.expectations.faults import check
from harness.scenario.model import Fault, Reset, Trigger
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case


def found(trace: Trace, *, allow_unfired: bool = False) -> Finding:
    fault = Fault(id="cut", trigger=Trigger(at_us=1_000_000), do=Reset(), allow_unfired=allow_unfired)
    (finding,) = check(case(faults=(fault,)), trace)
    return finding


def test_a_fault_that_fired_is_proof_that_something_was_tested() -> None:
    finding = found(TraceBuilder().at(1).saw("fault.cut", do="reset").ends())

    assert finding.verdict is Verdict.PASS
    assert finding.sentence == "cut fired once, at 1 s"


def test_a_fault_that_never_fired_fails_the_scenario_and_says_why() -> None:
    finding = found(TraceBuilder().saw("fault.cut.unfired", why="no connection was open at that moment").ends())

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "fault_not_triggered: cut (reset) never fired: no connection was open at that moment"


def test_a_fault_of_a_similar_name_is_no_proof() -> None:
    assert found(TraceBuilder().saw("fault.cut-2", do="reset").ends()).verdict is Verdict.FAIL


def test_a_fault_may_be_allowed_not_to_fire() -> None:
    assert found(TraceBuilder().ends(), allow_unfired=True).verdict is Verdict.PASS
