"""livekit-agents with Deepgram's STT does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("livekit-deepgram")


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert cell.events("transcription")
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize("name", [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011)), "aborted"])
def test_any_loss_is_mended_after_a_tenth_of_a_second_and_told(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S + 0.1], abs=SLACK_S)
    assert len(cell.events("connection.reconnecting")) == len(cell.events("connection.reconnected")) == 1
    assert cell.broken == []


def test_a_frozen_peer_is_noticed_by_its_heartbeat(cells: dict[str, Cell]):
    cell = cells["frozen"]

    noticed_s = cell.at_s("connection.reconnecting")[0] - STRUCK_S
    # A ping is due every 30 s, and its answer within half of that; when the last one was, only the library knows.
    assert 15 <= noticed_s <= 45


@pytest.mark.parametrize(
    ("name", "tried_at_s"), [("refused at first", [0, 0.1, 2.1]), ("refused afterwards", [0, 7.1, 9.1, 11.1])]
)
def test_retry_after_is_not_read(name: str, tried_at_s: list[float], cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx(tried_at_s, abs=SLACK_S)
    assert cell.broken == ["I10"]


def test_a_server_that_accepts_and_hangs_up_is_given_up_in_the_end(cells: dict[str, Cell]):
    cell = cells["flapping"]

    (last,) = cell.events("connection.failed")
    assert "1011" in last.fields["reason"]
    assert cell.last_words == ""


def test_hanging_up_on_a_frozen_peer_takes_no_time(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    assert cell.at_s("run.disconnected") == pytest.approx(cell.at_s("run.disconnecting"), abs=SLACK_S)
