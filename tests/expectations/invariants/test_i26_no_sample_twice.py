from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i26_no_sample_twice import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import CALLER_HZ, TraceBuilder

SECOND = CALLER_HZ * 2


def hears(builder: TraceBuilder, connection: int, from_s: float, to_s: float) -> TraceBuilder:
    return builder.saw("client.audio", connection, audio=[[round(from_s * SECOND), round(to_s * SECOND)]])


def call(*, heard_until_s: float, again_from_s: float, **told: int) -> TraceBuilder:
    """Ten seconds of speech over two connections; the first is lost at 4 s, the second is ready at once."""
    builder = TraceBuilder().saw("run.connected").connects().said(0, 10 * SECOND)
    hears(builder.at(10), 1, 0, heard_until_s).at(11).saw("wire.reset", 1, by="proxy")
    builder.saw("connection.reconnecting", attempt=1).connects(2).saw("connection.reconnected", attempts=1, **told)
    return hears(builder.at(12), 2, again_from_s, 10).at(20)


def test_one_connection_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_speech_that_goes_on_where_it_stopped_keeps_it() -> None:
    assert ruled(INVARIANT, call(heard_until_s=4, again_from_s=4).ends()).said is Said.KEPT


def test_speech_that_is_heard_twice_breaks_it() -> None:
    ruling = ruled(INVARIANT, call(heard_until_s=4, again_from_s=3.5).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "500 ms of the caller's speech were heard twice"


def test_speech_that_comes_out_of_order_breaks_it() -> None:
    builder = call(heard_until_s=4, again_from_s=5)

    ruling = ruled(INVARIANT, hears(builder, 2, 4, 5).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "1 s of the caller's speech came out of order"


def test_what_an_old_connection_still_held_is_not_out_of_order() -> None:
    builder = call(heard_until_s=3, again_from_s=4)

    assert ruled(INVARIANT, hears(builder, 1, 3, 4).ends()).said is Said.KEPT


def test_a_loss_that_is_counted_keeps_it() -> None:
    trace = call(heard_until_s=4, again_from_s=7, dropped_audio_chunks=150).ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT


def test_a_loss_that_nobody_is_told_of_breaks_it() -> None:
    ruling = ruled(INVARIANT, call(heard_until_s=4, again_from_s=7, dropped_audio_chunks=0).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "3 s of the caller's speech were lost, and nobody was told"


def test_the_last_words_may_have_been_on_their_way() -> None:
    builder = TraceBuilder().saw("run.connected").connects().said(0, 10 * SECOND)
    hears(builder, 1, 0, 4).saw("wire.reset", 1, by="proxy").connects(2).saw("connection.reconnected")

    assert ruled(INVARIANT, hears(builder, 2, 4, 6).ends()).said is Said.KEPT


def unfinalised(from_s: float, to_s: float) -> TraceBuilder:
    """The first connection has heard 4 s, and ends without having finalised this part; the second hears it again."""
    builder = TraceBuilder().saw("run.connected").connects().said(0, 10 * SECOND)
    account = {"unfinalised": [[round(from_s * SECOND), round(to_s * SECOND)]]}
    hears(builder.at(10), 1, 0, 4).at(11).saw("wire.reset", 1, by="proxy", account=account)
    return builder.saw("connection.reconnecting", attempt=1).connects(2).saw("connection.reconnected", attempts=1)


def test_what_was_received_and_not_finalised_may_be_said_again() -> None:
    assert ruled(INVARIANT, hears(unfinalised(3, 4), 2, 3, 10).at(20).ends()).said is Said.KEPT


def test_what_was_final_may_not_be_said_again() -> None:
    ruling = ruled(INVARIANT, hears(unfinalised(3, 4), 2, 2, 10).at(20).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "1 s of the caller's speech were heard twice"


def test_what_was_not_finalised_may_be_said_again_once() -> None:
    builder = hears(hears(unfinalised(3, 4), 2, 3, 10), 2, 3, 4)

    assert ruled(INVARIANT, builder.at(20).ends()).said is Said.BROKEN


def test_one_frame_whose_send_failed_though_it_came_through_keeps_it() -> None:
    assert ruled(INVARIANT, call(heard_until_s=4, again_from_s=3.98).ends()).said is Said.KEPT


def test_two_such_frames_in_one_loss_break_it() -> None:
    assert ruled(INVARIANT, call(heard_until_s=4, again_from_s=3.96).ends()).said is Said.BROKEN


def test_a_frame_that_was_on_its_way_at_each_of_many_losses_need_not_be_told() -> None:
    builder = TraceBuilder().saw("run.connected").said(0, 60 * SECOND)
    for number in range(1, 41):
        hears(builder.at(60 + number).connects(number), number, 1.5 * (number - 1), 1.5 * number - 0.1)
        builder.saw("wire.closed", number, code=1011, by="server")

    trace = builder.saw("connection.failed", reason="1011").ends()

    assert ruled(INVARIANT, trace).said is Said.KEPT
