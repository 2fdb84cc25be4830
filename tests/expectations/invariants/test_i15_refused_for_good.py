from __future__ import annotations

import pytest

from harness.expectations.invariants import Said
from harness.expectations.invariants.i15_refused_for_good import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case


def refused(status: int, times: int) -> TraceBuilder:
    builder = TraceBuilder()
    for number in range(1, times + 1):
        builder.at(number).saw("wire.attempt", number).saw("wire.refused", number, status=status)
    return builder


def test_a_503_is_not_for_good() -> None:
    assert ruled(INVARIANT, refused(503, 9).ends()).said is Said.NOT_APPLICABLE


@pytest.mark.parametrize("status", [401, 402, 403])
def test_stopping_at_once_keeps_it(status: int) -> None:
    assert ruled(INVARIANT, refused(status, 1).ends()).said is Said.KEPT


def test_one_more_attempt_with_a_fresh_key_keeps_it() -> None:
    assert ruled(INVARIANT, refused(401, 2).ends()).said is Said.KEPT


def test_trying_on_breaks_it() -> None:
    ruling = ruled(INVARIANT, refused(401, 4).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "refused for good (401) at 1 s, and tried 3 times more, the last at 4 s"


def test_a_close_that_says_so_is_a_refusal_for_good() -> None:
    builder = TraceBuilder()
    for number in (1, 2, 3):
        builder.at(number).saw("wire.attempt", number).saw("wire.open", number)
        builder.saw("wire.closed", number, code=3000, by="server")

    assert ruled(INVARIANT, builder.ends()).said is Said.BROKEN


def keyless(provider: str) -> TraceBuilder:
    """Three attempts, each let in and thrown out with Gemini's words."""
    builder = TraceBuilder(case().model_copy(update={"provider": provider}))
    for number in (1, 2, 3):
        builder.at(number).saw("wire.attempt", number).saw("wire.open", number)
        builder.saw("wire.closed", number, code=1008, reason="API key not valid.", by="server")
    return builder


def test_gemini_says_it_in_the_reason() -> None:
    assert ruled(INVARIANT, keyless("gemini-live").ends()).said is Said.BROKEN


def test_the_same_words_from_somebody_elses_gateway_need_not_be_understood() -> None:
    assert ruled(INVARIANT, keyless("openai-realtime").ends()).said is Said.NOT_APPLICABLE
