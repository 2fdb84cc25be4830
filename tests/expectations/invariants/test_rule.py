from __future__ import annotations

from harness.expectations.invariants import INVARIANTS, Said, rule
from tests.support.traces import TraceBuilder, case


def test_every_invariant_has_its_say() -> None:
    rulings = rule(TraceBuilder().connects().at(9).ends(), case())

    assert list(rulings) == list(INVARIANTS)
    assert rulings["I28"].said is Said.KEPT


def test_a_trace_that_no_rule_expects_decides_nothing_and_raises_nothing() -> None:
    strange = TraceBuilder().saw("wire.closed", 7, code="never", by=None).saw("client.setup", 7, sessionResumption=3)
    strange.saw("connection.reconnecting", max_attempts="many").saw("caller.speaking", audio=None)

    rulings = rule(strange.trace(), case())

    assert not any(ruling.said is Said.BROKEN for ruling in rulings.values())


def test_a_check_that_fails_itself_is_undecided_and_says_so() -> None:
    """Audio without intervals is no trace of ours, and one rule reads it."""
    strange = TraceBuilder().connects().saw("caller.speaking", audio=None).connects(2).ends()

    rulings = rule(strange, case())

    assert rulings["I27"].said is Said.UNDECIDED
    assert rulings["I27"].sentence.startswith("the check itself failed: TypeError")


def test_nobody_reads_a_key_in_a_ruling() -> None:
    key = "sk-proj-0123456789abcdefghijklmnop"
    trace = TraceBuilder().connects().saw("run.unhandled", error=f"ValueError: {key}").at(9).ends()

    assert key not in rule(trace, case())["I28"].sentence
