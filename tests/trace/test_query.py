from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.model import Matcher
from harness.trace import Event
from harness.trace.query import (
    Span,
    attempts,
    fault_spans,
    find,
    has_fields,
    matches,
    nth_match,
    outages,
    state_changes,
    usable_spans,
)
from tests.support.traces import TraceBuilder


@pytest.mark.parametrize(
    ("asked", "met"),
    [
        ({}, True),
        ({"attempt": 1}, True),
        ({"attempt": 1, "delay": 0.3}, True),
        ({"delay": 0.1 + 0.2}, True),
        ({"delay": 0.300_001}, False),
        ({"attempt": 2}, False),
        ({"attempt": True}, False),
        ({"absent": None}, False),
        ({"response": {"status": "failed"}}, True),
        ({"response": {"status": "failed", "extra": 1}}, False),
        ({"parts": [{"text": "a"}]}, True),
        ({"parts": []}, False),
        ({"resumed": True}, True),
        ({"resumed": 1}, False),
    ],
)
def test_an_event_has_the_fields_that_are_asked_for(asked: dict[str, Any], met: bool) -> None:
    event = Event(
        at_us=0,
        kind="server.response.done",
        fields={
            "attempt": 1,
            "delay": 0.3,
            "response": {"status": "failed", "id": "r"},
            "parts": [{"text": "a", "more": 1}],
            "resumed": True,
        },
    )

    assert has_fields(event, asked) is met


def test_a_matcher_asks_for_the_kind_first() -> None:
    event = Event(at_us=0, kind="wire.attempt", fields={"endpoint": "session"})

    assert matches(Matcher(event="wire.attempt"), event)
    assert not matches(Matcher(event="wire.open"), event)


def test_the_nth_match_is_counted_among_those_that_match() -> None:
    trace = TraceBuilder().at(1).refused(1).at(2).connects(2).at(3).refused(3).ends()

    found = nth_match(trace, Matcher(event="wire.refused", nth=2))

    assert found is not None
    assert found.connection == 3
    assert nth_match(trace, Matcher(event="wire.refused", nth=3)) is None


def test_an_attempt_knows_when_it_was_ready_and_how_it_ended() -> None:
    trace = (
        TraceBuilder()
        .at(1)
        .connects(1)
        .at(4)
        .saw("wire.reset", 1, by="proxy")
        .at(5)
        .refused(2)
        .at(6)
        .connects(3)
        .ends()
    )

    first, second, third = attempts(trace)

    assert (first.opened_us, first.ended_us) == (1_000_000, 4_000_000)
    assert first.end is not None
    assert first.end.kind == "wire.reset"
    assert second.ready is None
    assert second.end is not None
    assert second.end.kind == "wire.refused"
    assert third.end is None


def test_what_is_told_of_an_attempt_after_its_end_is_an_echo() -> None:
    trace = TraceBuilder().at(1).connects(1).at(2).saw("wire.reset", 1).at(9).saw("wire.closed", 1, code=1006).ends()

    assert attempts(trace)[0].ended_us == 2_000_000


def test_an_outage_lasts_until_the_next_connection_is_ready() -> None:
    trace = TraceBuilder().connects(1).at(4).saw("wire.reset", 1).at(5).refused(2).at(7).connects(3).ends()

    (outage,) = outages(trace)

    assert (outage.began_us, outage.healed_us) == (4_000_000, 7_000_000)


def test_an_outage_that_never_heals_has_no_end() -> None:
    trace = TraceBuilder().connects(1).at(4).saw("wire.reset", 1).at(5).refused(2).ends()

    assert [outage.healed_us for outage in outages(trace)] == [None]


def test_a_switch_that_overlaps_is_no_outage() -> None:
    trace = TraceBuilder().connects(1).at(4).connects(2).at(5).saw("wire.closed", 1, code=1000).ends()

    assert outages(trace) == ()


def test_a_fault_lasts_from_firing_to_healing() -> None:
    built = TraceBuilder().at(1).saw("fault.cut", do="reset").saw("fault.cut-2").at(3).saw("fault.cut.healed")

    (span,) = fault_spans(built.ends(), "cut")

    assert (span.from_us, span.to_us) == (1_000_000, 3_000_000)


def test_a_fault_that_fires_twice_has_two_spans() -> None:
    trace = TraceBuilder().at(1).saw("fault.cut").at(2).saw("fault.cut").ends()

    assert [(span.from_us, span.to_us) for span in fault_spans(trace, "cut")] == [(1_000_000, None), (2_000_000, None)]


def test_the_state_is_known_from_its_changes() -> None:
    trace = TraceBuilder().at(1).state("connecting").at(2).state("connected").ends()

    assert state_changes(trace) == ((1_000_000, "connecting"), (2_000_000, "connected"))


def test_events_can_be_found_by_kind_or_by_connection() -> None:
    trace = TraceBuilder().connects(1).refused(2).ends()

    assert [event.connection for event in find(trace, "wire.attempt", "wire.ready")] == [1, 1, 2]
    assert [event.kind for event in find(trace, "wire.attempt", "wire.ready", connection=2)] == ["wire.attempt"]


def test_a_client_claims_to_be_usable_from_connected_to_its_failure() -> None:
    built = TraceBuilder().state("connecting").at(1).state("connected").at(2).saw("connection.reconnecting", attempt=1)
    built.state("connecting").at(9).saw("connection.failed").state("error")

    assert usable_spans(built.ends()) == (Span(from_us=1_000_000, to_us=9_000_000),)


def test_a_client_that_says_error_without_reconnecting_claims_nothing() -> None:
    trace = TraceBuilder().at(1).saw("run.connected").at(3).state("error").at(5).state("active").ends()

    assert usable_spans(trace) == (Span(from_us=1_000_000, to_us=3_000_000), Span(from_us=5_000_000, to_us=None))


def test_a_client_that_was_asked_to_disconnect_claims_nothing_any_more() -> None:
    trace = TraceBuilder().at(1).saw("run.connected").at(3).saw("run.disconnecting").at(4).state("active").ends()

    assert usable_spans(trace) == (Span(from_us=1_000_000, to_us=3_000_000),)
