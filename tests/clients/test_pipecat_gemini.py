"""pipecat with Gemini Live does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

LOSSES = [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011, 4000)), "aborted"]

cells = cells_of(
    "pipecat-gemini",
    but=(
        "frozen",
        "flapping afterwards",
        "never ready",
        "never ready again",
        "stopped while not ready",
        "refused by a close afterwards",
        "a message that nobody knows",
    ),
)


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert len(cell.events("turn.completed")) == 2
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


def test_a_function_that_the_agent_calls_for_is_answered(cells: dict[str, Cell]):
    assert len(cells["a function is called"].events("function_call")) == 1
    assert cells["a function is called"].broken == []


@pytest.mark.parametrize("name", LOSSES)
def test_any_loss_is_mended_at_once_and_without_a_word(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S], abs=SLACK_S)
    assert "I5" in cell.broken


@pytest.mark.parametrize(("name", "tried_at_s"), [("refused at first", [0]), ("refused afterwards", [0, STRUCK_S])])
def test_a_refused_handshake_ends_it_without_a_word(name: str, tried_at_s: list[float], cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx(tried_at_s, abs=SLACK_S)
    assert not cell.events("error")
    assert not cell.events("connection.failed")


def test_a_server_that_accepts_and_hangs_up_is_given_up_and_complained_of_for_each_frame(cells: dict[str, Cell]):
    cell = cells["flapping"]

    assert len(cell.at_s("wire.attempt")) == 3
    assert len(cell.events("error")) > 50
    assert "I9" in cell.broken


def test_a_warning_is_not_read(cells: dict[str, Cell]):
    cell = cells["warned"]

    assert cell.at_s("wire.attempt")[1] > STRUCK_S + 1.9
    assert "I24" in cell.broken


def test_a_normal_goodbye_is_a_1011_to_the_server(cells: dict[str, Cell]):
    (closed,) = cells["fair weather"].events("wire.closed")

    assert (closed.fields["by"], closed.fields["code"]) == ("client", 1011)


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]
