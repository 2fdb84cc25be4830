from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i22_configured_before_audio import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def opening(builder: TraceBuilder, connection: int, *messages: str) -> TraceBuilder:
    builder.connects(connection)
    for message in messages:
        if message == "audio":
            builder.saw("client.input_audio_buffer.append", connection, audio=[[0, 960]])
        else:
            builder.saw(message, connection)
    return builder


ASKED, DONE = "client.session.update", "server.session.updated"


def test_a_client_that_never_configures_says_nothing() -> None:
    assert ruled(INVARIANT, opening(TraceBuilder(), 1, "audio").ends()).said is Said.NOT_APPLICABLE


def test_configured_confirmed_and_then_audio_keeps_it() -> None:
    builder = opening(TraceBuilder(), 1, ASKED, DONE, "audio")

    assert ruled(INVARIANT, opening(builder.at(5), 2, ASKED, DONE, "audio").ends()).said is Said.KEPT


def test_audio_before_the_configuration_breaks_it() -> None:
    builder = opening(TraceBuilder(), 1, ASKED, DONE, "audio")

    ruling = ruled(INVARIANT, opening(builder.at(5), 2, "audio", ASKED).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "connection 2 got audio at 5 s, before it was configured"


def test_a_new_connection_that_is_never_configured_breaks_it() -> None:
    builder = opening(TraceBuilder(), 1, ASKED, DONE, "audio")

    ruling = ruled(INVARIANT, opening(builder.at(5), 2, "audio").ends())

    assert ruling.sentence == "connection 2 got audio at 5 s, and was never configured"


def test_audio_before_the_confirmation_breaks_it_on_a_new_connection() -> None:
    builder = opening(TraceBuilder(), 1, ASKED, "audio", DONE)

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT
    assert ruled(INVARIANT, opening(builder.at(5), 2, ASKED, "audio", DONE).ends()).said is Said.BROKEN
