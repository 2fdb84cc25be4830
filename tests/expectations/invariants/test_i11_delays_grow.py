from __future__ import annotations

from itertools import accumulate

from harness.expectations.invariants import Said
from harness.expectations.invariants.i11_delays_grow import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def ladder(*waits_s: float, retry_after_s: float | None = None) -> TraceBuilder:
    hint = {} if retry_after_s is None else {"retry_after_us": round(retry_after_s * 1e6)}
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")
    for number, at_s in enumerate(accumulate(waits_s), start=2):
        builder.at(5 + at_s).saw("wire.attempt", number).saw("wire.refused", number, status=503, **hint)
    return builder


def test_three_waits_say_nothing() -> None:
    assert ruled(INVARIANT, ladder(2, 2, 2).ends()).said is Said.NOT_APPLICABLE


def test_waits_that_double_keep_it() -> None:
    assert ruled(INVARIANT, ladder(1, 2, 4, 8, 16).ends()).said is Said.KEPT


def test_waits_with_jitter_keep_it() -> None:
    assert ruled(INVARIANT, ladder(0.4, 0.9, 1.6, 3.9, 7.1).ends()).said is Said.KEPT


def test_an_immediate_first_retry_is_no_measure() -> None:
    assert ruled(INVARIANT, ladder(0, 0.5, 1, 2).ends()).said is Said.KEPT


def test_flat_waits_break_it() -> None:
    ruling = ruled(INVARIANT, ladder(0.1, 2, 2, 2, 2).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "5 waits in a row, and they did not grow: 100 ms, 2 s, 2 s, 2 s, 2 s"


def test_waits_that_the_server_asked_for_are_not_the_clients_choice() -> None:
    assert ruled(INVARIANT, ladder(3, 3, 3, 3, 3, retry_after_s=3).ends()).said is Said.NOT_APPLICABLE


def test_full_jitter_that_draws_a_long_wait_first_keeps_it() -> None:
    assert ruled(INVARIANT, ladder(0.3, 1.9, 2.2, 0.7, 1.1).ends()).said is Said.KEPT
