from __future__ import annotations

import pytest

from harness.expectations.invariants import Ruling, Said
from harness.expectations.invariants.i18_a_fresh_key_for_each_attempt import INVARIANT
from harness.scenario.model import Fault, RotateKey, Trigger
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case

ROTATED = Fault(id="rotate_key", trigger=Trigger(at_us=5_000_000), do=RotateKey(), times=2)


def call(*, rotated_s: float = 5.0, lost_s: float = 6.0, key: int = 1) -> TraceBuilder:
    """Connection 1 is opened with this key, which is rotated, and is lost."""
    builder = TraceBuilder(case(faults=(ROTATED,)))
    builder.at(0).saw("wire.attempt", 1).saw("wire.open", 1, key=key).saw("wire.ready", 1)
    moments = [(rotated_s, "fault.rotate_key", None), (lost_s, "wire.reset", 1)]
    for moment_s, kind, connection in sorted(moments):
        builder.at(moment_s).saw(kind, connection)
    return builder


def refused(builder: TraceBuilder, number: int, *, key: int, at_s: float) -> TraceBuilder:
    return builder.at(at_s).saw("wire.attempt", number).saw("wire.refused", number, status=401, key=key)


def let_in(builder: TraceBuilder, number: int, *, key: int, at_s: float) -> TraceBuilder:
    return builder.at(at_s).saw("wire.attempt", number).saw("wire.open", number, key=key).saw("wire.ready", number)


def said(builder: TraceBuilder) -> Ruling:
    return ruled(INVARIANT, builder.ends())


def test_a_fresh_key_on_the_first_attempt_keeps_it() -> None:
    assert said(let_in(call(), 2, key=2, at_s=7)).said is Said.KEPT


def test_a_fresh_key_after_one_refusal_keeps_it() -> None:
    builder = refused(call(), 2, key=1, at_s=7)

    assert said(let_in(builder, 3, key=2, at_s=8)).said is Said.KEPT


def test_the_same_key_again_breaks_it() -> None:
    builder = refused(call(), 2, key=1, at_s=7)

    ruling = said(refused(builder, 3, key=1, at_s=9))

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "refused with key 1 at 7 s, the client showed the same key again at 9 s, when only key 2 was good"
    )
    assert (ruling.expected, ruling.got, ruling.connections) == ({"key": 2}, {"key": 1}, (2, 3))


def test_giving_up_with_the_old_key_breaks_it() -> None:
    ruling = said(refused(call(), 2, key=1, at_s=7).saw("connection.failed", reason="401"))

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the attempt at 7 s showed key 1, when only key 2 was good, and the client gave up without having fetched that"
    )


def test_falling_silent_with_the_old_key_breaks_it() -> None:
    assert said(refused(call(), 2, key=1, at_s=7).at(60)).said is Said.BROKEN


def test_a_session_that_lets_in_and_then_says_no_is_a_refusal_too() -> None:
    builder = call()
    for number, at_s in ((2, 7), (3, 9)):
        builder.at(at_s).saw("wire.attempt", number).saw("wire.open", number, key=1)
        builder.saw("wire.closed", number, code=3000, by="server")

    assert said(builder).said is Said.BROKEN


def test_a_key_of_two_rotations_ago_is_old_as_well() -> None:
    builder = let_in(call(), 2, key=2, at_s=7).at(9).saw("fault.rotate_key").at(10).saw("wire.reset", 2)
    refused(builder, 3, key=2, at_s=11)

    assert said(refused(builder, 4, key=2, at_s=13)).got == {"key": 2}


def test_a_client_that_was_refused_once_and_has_not_yet_tried_again_is_not_judged() -> None:
    assert said(refused(call(), 2, key=1, at_s=7).at(8)).said is Said.UNDECIDED


def test_a_key_that_was_rotated_after_the_loss_may_have_been_fetched_before() -> None:
    builder = call(rotated_s=6.5, lost_s=6.0)

    assert said(refused(builder, 2, key=1, at_s=7).saw("connection.failed")).said is Said.NOT_APPLICABLE


def test_a_client_that_hangs_up_after_one_refusal_is_not_judged() -> None:
    builder = refused(call(), 2, key=1, at_s=7).at(7.5).saw("run.disconnecting").saw("connection.failed")

    assert said(builder.at(8)).said is Said.UNDECIDED


@pytest.mark.parametrize("times", [1, 3])
def test_a_client_that_was_given_its_key_as_a_text_is_not_blamed(times: int) -> None:
    builder = call(key=0)
    for number in range(2, 2 + times):
        refused(builder, number, key=0, at_s=5.0 + number)

    ruling = said(builder.saw("connection.failed"))

    assert ruling.said is Said.NOT_APPLICABLE
    assert "given as a text" in ruling.sentence


def test_a_key_that_is_none_of_ours_is_not_judged() -> None:
    builder = call()
    builder.at(7).saw("wire.attempt", 2).saw("wire.refused", 2, status=401)

    assert said(builder.saw("connection.failed")).said is Said.NOT_APPLICABLE


def test_without_a_rotation_there_is_nothing_to_judge() -> None:
    builder = TraceBuilder().connects().at(2).saw("wire.reset", 1)

    assert said(let_in(builder, 2, key=1, at_s=3)).said is Said.NOT_APPLICABLE
