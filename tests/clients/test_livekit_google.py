"""livekit-agents with Gemini Live does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

LOSSES = [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011, 4000)), "aborted"]

cells = cells_of(
    "livekit-google",
    but=(
        "frozen",
        "flapping",
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
def test_any_loss_is_mended_after_a_tenth_of_a_second_and_told(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S + 0.1], abs=SLACK_S)
    assert len(cell.events("connection.reconnecting")) == len(cell.events("connection.reconnected")) == 1
    assert cell.broken == []


def test_a_first_refusal_is_raised_with_its_status(cells: dict[str, Cell]):
    (refused,) = cells["refused at first"].events("run.connect_failed")

    assert "429" in refused.fields["error"]


def test_a_refusal_after_a_loss_is_taken_for_the_end(cells: dict[str, Cell]):
    cell = cells["refused afterwards"]

    (last,) = cell.events("connection.failed")
    assert "429" in last.fields["reason"]
    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S + 0.1], abs=SLACK_S)
    assert cell.broken == ["I16"]


def test_a_server_that_accepts_and_hangs_up_is_called_for_ever(cells: dict[str, Cell]):
    assert "I13" in cells["flapping afterwards"].broken


def test_a_warning_is_heeded_at_once(cells: dict[str, Cell]):
    cell = cells["warned"]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S], abs=SLACK_S)
    assert cell.broken == []


@pytest.mark.parametrize("name", ["never ready", "never ready again"])
def test_a_session_that_never_becomes_ready_is_waited_for(name: str, cells: dict[str, Cell]):
    assert "I20" in cells[name].broken


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]
