from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i10_retry_after_is_obeyed import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def refused(*, asked_s: float | None, again_s: float) -> TraceBuilder:
    hint = {} if asked_s is None else {"retry_after_us": round(asked_s * 1e6)}
    builder = TraceBuilder().saw("wire.attempt", 1).saw("wire.refused", 1, status=429, **hint)
    return builder.at(again_s).connects(2)


def test_a_refusal_without_a_time_says_nothing() -> None:
    assert ruled(INVARIANT, refused(asked_s=None, again_s=0.1).ends()).said is Said.NOT_APPLICABLE


def test_waiting_as_long_as_asked_keeps_it() -> None:
    assert ruled(INVARIANT, refused(asked_s=6, again_s=6).ends()).said is Said.KEPT


def test_fifty_milliseconds_are_the_way_of_the_answer() -> None:
    assert ruled(INVARIANT, refused(asked_s=6, again_s=5.96).ends()).said is Said.KEPT


def test_coming_back_sooner_breaks_it() -> None:
    ruling = ruled(INVARIANT, refused(asked_s=6, again_s=0.4).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the server asked for 6 s, and the next attempt came after 400 ms, at 0.4 s"
