from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i19_half_open_is_noticed import INVARIANT
from harness.scenario.model import Blackhole, Fault, ToxicAction, Trigger
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder, case

MUTE = Fault(id="mute", trigger=Trigger(at_us=5_000_000), do=Blackhole())


def mute(fault: Fault = MUTE) -> TraceBuilder:
    return TraceBuilder(case(faults=(fault,))).connects().at(5).saw("fault.mute", do="blackhole")


def test_a_call_on_a_good_link_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_hanging_up_in_time_keeps_it() -> None:
    trace = mute().at(17).saw("wire.closed", 1, code=1006, by="client").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_never_noticing_breaks_it() -> None:
    ruling = ruled(INVARIANT, mute().at(70).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the link was mute from 5 s on, and that was never noticed"


def test_noticing_after_half_a_minute_breaks_it() -> None:
    ruling = ruled(INVARIANT, mute().at(53).saw("connection.reconnecting", attempt=1).at(70).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the link was mute from 5 s on, and that was noticed only after 48 s"


def test_a_link_that_came_back_in_time_is_left_open() -> None:
    trace = mute().at(12).saw("fault.mute.healed").at(60).ends()

    assert ruled(INVARIANT, trace).said is Said.UNDECIDED


def test_a_timeout_toxic_that_never_closes_is_a_mute_link() -> None:
    toxic = ToxicAction(type="timeout", attributes={"timeout": 0})
    fault = Fault(id="mute", trigger=Trigger(at_us=5_000_000), do=toxic)

    assert ruled(INVARIANT, mute(fault).at(70).ends()).said is Said.BROKEN


def test_a_link_that_the_end_of_the_fault_cut_had_not_been_noticed() -> None:
    builder = mute().at(25).saw("fault.mute.healed").saw("wire.closed", 1, code=1006, by="proxy")

    ruling = ruled(INVARIANT, builder.saw("connection.reconnecting", attempt=1).at(60).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "the link was mute from 5 s on, and that was not noticed before the link was cut, 20 s later"
    )
