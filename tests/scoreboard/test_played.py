"""A run as the scoreboard sees it: judged, with what was injected, and with its doubts."""

from __future__ import annotations

from harness.expectations.invariants import Said
from harness.scenario.model import Bound, CloseFrame, Fault, Matcher, RotateKey, Trigger
from harness.scenario.model import End as ExpectedEnd
from harness.scoreboard import broken_off, played
from tests.support.traces import TraceBuilder, case

CLOSE = Fault(id="close", trigger=Trigger(when=Matcher(event="wire.ready")), do=CloseFrame(code=1001, reason="bye"))


def closed(**expect: object) -> TraceBuilder:
    """A server that closes at 3 s, and a client that says no word and never comes back."""
    built = TraceBuilder(case(faults=(CLOSE,), **expect)).state("active").connects(1).at(3)
    return built.saw("fault.close", 1, do="close").saw("wire.closed", 1, code=1001, reason="bye", by="server").at(50)


def test_what_was_injected_is_said_with_its_moment() -> None:
    told = played(closed().ends("deadline"), case(faults=(CLOSE,)))

    assert told.injected == 'close {code: 1001, reason: "bye"} on connection 1 at 3 s'


def test_a_broken_rule_is_broken() -> None:
    told = played(closed().ends("deadline"), case(faults=(CLOSE,)))

    assert told.rulings["I5"].said is Said.BROKEN


def test_a_rule_that_the_scenario_breaks_on_purpose_is_not_held_against_the_client() -> None:
    told = played(closed().ends("deadline"), case(faults=(CLOSE,), invariants_except=("I5",)))

    assert "I5" not in told.rulings


def test_a_caller_who_is_left_with_a_dead_line_has_lost_the_call() -> None:
    asked = case(faults=(CLOSE,), end=ExpectedEnd(state="disconnected", by_us=60_000_000))

    told = played(closed(end=asked.expect.end).ends("deadline"), asked)

    assert told.missed is not None
    assert told.missed.expectation == "end"
    assert told.missed.call_lost


def test_a_client_that_dialled_once_too_often_has_not_lost_the_call() -> None:
    once = {"wire.attempt": Bound(op="==", value=1)}
    built = closed(count=once).at(51).connects(2).at(60)

    told = played(built.ends("settled"), case(faults=(CLOSE,), count=once))

    assert told.missed is not None
    assert told.missed.expectation == "count"
    assert not told.missed.call_lost


def test_a_client_that_was_given_its_key_as_a_text_has_not_lost_the_call_when_keys_are_rotated() -> None:
    rotates = Fault(id="rotates", trigger=Trigger(when=Matcher(event="wire.ready")), do=RotateKey())
    built = (
        TraceBuilder(case(faults=(CLOSE, rotates)))
        .state("active")
        .connects(1)
        .at(3)
        .saw("fault.rotates", do="rotate_key")
    )
    built = built.saw("fault.close", 1, do="close").saw("wire.closed", 1, code=1001, reason="bye", by="server").at(4)
    built = built.saw("wire.attempt", 2).saw("wire.refused", 2, status=401, key=0).state("error").at(60)

    assert played(built.ends("deadline"), case(faults=(CLOSE, rotates))).missed is None


def test_half_a_trace_accuses_nobody() -> None:
    told = played(closed().trace(), case(faults=(CLOSE,)))

    assert told.doubt == "the trace stops halfway: it has no last line"
    assert told.rulings == {}
    assert told.missed is None


def test_a_call_in_which_the_fault_never_happened_is_not_lost() -> None:
    trace = TraceBuilder(case(faults=(CLOSE,))).state("active").connects(1).at(5).ends()

    told = played(trace, case(faults=(CLOSE,)))

    assert told.doubt.startswith("fault_not_triggered")
    assert told.missed is None


def test_a_run_that_broke_off_says_why() -> None:
    assert broken_off(case(), seed=3, clock="real", why="its process ended").doubt == "its process ended"
