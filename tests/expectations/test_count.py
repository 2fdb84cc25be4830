from __future__ import annotations

from harness.expectations import Finding, Verdict
from harness.expectations.count import check
from harness.scenario.model import Bound
from tests.support.traces import TraceBuilder, case


def found(op: str, value: float, *, attempts: int) -> Finding:
    built = TraceBuilder()
    for number in range(1, attempts + 1):
        built.at(number).refused(number)
    bound = Bound.model_validate({"op": op, "value": value})
    (finding,) = check(case(count={"wire.attempt": bound}), built.ends())
    return finding


def test_the_right_number_is_right() -> None:
    assert found("==", 6, attempts=6).verdict is Verdict.PASS


def test_too_many_are_told_with_the_first_one_that_was_too_many() -> None:
    finding = found("==", 2, attempts=4)

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "wire.attempt came 4 times instead of 2, one too many at 3 s"


def test_too_few_are_told_without_a_moment() -> None:
    finding = found(">=", 2, attempts=1)

    assert finding.sentence == "wire.attempt came once instead of at least 2"
    assert finding.at_us is None


def test_a_limit_that_excludes_its_value_is_passed_at_its_value() -> None:
    assert found("<", 2, attempts=2).sentence == "wire.attempt came twice instead of less than 2, one too many at 2 s"


def test_none_at_all_may_be_asked_for() -> None:
    assert found("==", 0, attempts=0).verdict is Verdict.PASS
    assert found("==", 0, attempts=1).verdict is Verdict.FAIL
