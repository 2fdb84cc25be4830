"""pipecat with Deepgram's Flux does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("pipecat-flux")


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert len(cell.events("transcription")) == 2
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize("name", [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011)), "aborted"])
def test_any_loss_is_mended_at_once_and_told(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S], abs=SLACK_S)
    assert len(cell.events("connection.reconnecting")) == len(cell.events("connection.reconnected")) == 1


@pytest.mark.parametrize(
    ("name", "tried_at_s"), [("refused at first", [0, 0, 4]), ("refused afterwards", [0, 7, 11, 15])]
)
def test_retry_after_is_not_read(name: str, tried_at_s: list[float], cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx(tried_at_s, abs=SLACK_S)
    assert "I10" in cell.broken


def test_a_frozen_peer_is_noticed_after_both_halves_of_its_ping(cells: dict[str, Cell]):
    assert 20 < cells["frozen"].at_s("connection.reconnecting")[0] - STRUCK_S < 60


def test_a_server_that_accepts_and_hangs_up_is_given_up_after_three_connections(cells: dict[str, Cell]):
    cell = cells["flapping"]

    (last,) = cell.events("connection.failed")
    assert "1011" not in last.fields["reason"]
    assert len(cell.at_s("wire.attempt")) == 3
    assert cell.broken == ["I6"]


def test_hanging_up_on_a_frozen_peer_takes_two_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert done - asked == pytest.approx(2, abs=SLACK_S)
    assert cell.broken == []
