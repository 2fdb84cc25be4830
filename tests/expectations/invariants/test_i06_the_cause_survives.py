from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i06_the_cause_survives import INVARIANT
from harness.scenario.model import Blackhole, Fault, Trigger
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case


def closed(code: int, reason: str = "") -> TraceBuilder:
    return TraceBuilder().connects().at(5).saw("wire.closed", 1, code=code, reason=reason, by="server")


def test_a_client_that_goes_on_says_nothing() -> None:
    trace = closed(1011).at(6).connects(2).at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_a_reason_with_the_code_keeps_it() -> None:
    trace = closed(1008, "quota").at(5.1).saw("connection.failed", reason="closed with 1008: quota").ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_an_error_that_the_stream_raised_counts_as_well() -> None:
    trace = closed(1011).at(5.1).saw("run.stream_ended", error="APIError: 1011 None.").ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_last_word_without_the_code_breaks_it() -> None:
    ruling = ruled(INVARIANT, closed(1000).at(5.1).saw("connection.failed", reason="closed").ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the close code 1000 at 5 s ended it, and nothing that the client told says so"


def test_a_status_at_the_upgrade_is_a_cause() -> None:
    refused = TraceBuilder().saw("wire.attempt", 1).saw("wire.refused", 1, status=402).at(1)

    assert ruled(INVARIANT, refused.saw("connection.failed", reason="handshake failed").ends()).said is Said.BROKEN


def test_a_cut_without_a_close_frame_has_nothing_to_pass_on() -> None:
    trace = closed(1006).at(5.1).saw("connection.failed", reason="lost").ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def test_the_words_of_the_close_say_as_much_as_its_number() -> None:
    builder = TraceBuilder().connects().at(5)
    builder.saw("wire.closed", 1, code=1011, reason="Internal error encountered.", by="server")

    trace = builder.saw("connection.failed", reason="gone: Internal error encountered.").at(9).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_stream_that_ends_without_a_word_is_for_another_rule() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.closed", 1, code=1000, reason="", by="server")

    assert ruled(INVARIANT, builder.saw("run.stream_ended").at(9).ends()).said is Said.NOT_APPLICABLE


def test_a_close_that_a_mute_link_kept_is_no_cause_to_pass_on() -> None:
    asked = case(faults=(Fault(id="mute", trigger=Trigger(at_us=2_000_000), do=Blackhole()),))
    builder = TraceBuilder(asked).connects().at(2).saw("fault.mute", do="blackhole")
    builder.at(5).saw("wire.closed", 1, code=1011, reason="", by="server")

    trace = builder.at(14).saw("connection.failed", reason="nothing was heard for 12 s").ends()

    assert ruled(INVARIANT, trace).said is Said.NOT_APPLICABLE


def told_the_quota(*, at_s: float) -> TraceBuilder:
    error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your quota"}
    builder = TraceBuilder().connects().at(at_s).saw("server.error", 1, error=error)
    return builder.at(5).saw("wire.closed", 1, code=4000, reason="", by="server")


def test_the_code_of_the_error_that_the_close_came_of_keeps_it() -> None:
    trace = told_the_quota(at_s=5).saw("connection.failed", reason="the server said insufficient_quota").ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_an_error_of_long_ago_is_no_cause() -> None:
    trace = told_the_quota(at_s=2).saw("connection.failed", reason="the server said insufficient_quota").ends()

    assert ruled(INVARIANT, trace).said is Said.BROKEN


def test_an_error_that_the_client_does_not_tell_of_breaks_it() -> None:
    assert ruled(INVARIANT, told_the_quota(at_s=5).saw("connection.failed", reason="gone").ends()).said is Said.BROKEN
