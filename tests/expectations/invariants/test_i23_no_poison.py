from __future__ import annotations

from harness.expectations.invariants import Said
from harness.expectations.invariants.i23_no_poison import INVARIANT
from tests.support.rulings import ruled
from tests.support.traces import TraceBuilder


def shows(builder: TraceBuilder, connection: int, handle: str | None) -> TraceBuilder:
    resumption = {} if handle is None else {"handle": handle}
    builder.saw("wire.attempt", connection).saw("wire.open", connection)
    return builder.saw("client.setup", connection, sessionResumption=resumption)


def refuses(builder: TraceBuilder, connection: int) -> TraceBuilder:
    return builder.saw("wire.closed", connection, code=1008, reason="session not found", by="server")


def test_a_call_of_one_session_says_nothing() -> None:
    assert ruled(INVARIANT, TraceBuilder().connects().at(9).ends()).said is Said.NOT_APPLICABLE


def test_a_clean_session_after_a_refused_handle_keeps_it() -> None:
    builder = refuses(shows(TraceBuilder().connects().at(5), 2, "h1"), 2)

    assert ruled(INVARIANT, shows(builder.at(7), 3, None).ends()).said is Said.KEPT


def test_showing_a_refused_handle_again_breaks_it() -> None:
    builder = refuses(shows(TraceBuilder().connects().at(5), 2, "h1"), 2)

    ruling = ruled(INVARIANT, refuses(shows(builder.at(7), 3, "h1"), 3).ends())

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == "the handle that was refused on connection 2 was shown again on connection 3, at 7 s"


def test_a_handle_that_served_may_serve_again() -> None:
    builder = TraceBuilder().connects().at(5).saw("wire.reset", 1, by="proxy")
    for connection in (2, 3):
        shows(builder.at(5 + connection), connection, "h1").saw("wire.ready", connection)
        builder.at(5.5 + connection).saw("wire.reset", connection, by="proxy")

    assert ruled(INVARIANT, builder.ends()).said is Said.KEPT


def test_naming_an_item_of_the_old_session_breaks_it() -> None:
    trace = (
        TraceBuilder()
        .connects()
        .saw("server.conversation.item.added", 1, item={"id": "item_1"})
        .at(5)
        .connects(2)
        .saw("client.conversation.item.truncate", 2, item_id="item_1")
        .ends()
    )

    ruling = ruled(INVARIANT, trace)

    assert ruling.said is Said.BROKEN
    assert ruling.sentence == (
        "client.conversation.item.truncate at 5 s names 'item_1', which belongs to the session of connection 1"
    )


def test_an_item_that_is_made_anew_under_its_old_name_is_the_new_sessions() -> None:
    trace = (
        TraceBuilder()
        .connects()
        .saw("server.conversation.item.added", 1, item={"id": "item_1"})
        .at(5)
        .connects(2)
        .saw("client.conversation.item.create", 2, item={"id": "item_1"})
        .saw("client.conversation.item.truncate", 2, item_id="item_1")
        .ends()
    )

    assert ruled(INVARIANT, trace).said is Said.KEPT
