"""pipecat with Deepgram's STT does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("pipecat-deepgram", but=("frozen",))


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert len(cell.events("transcription")) == 2
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize("name", [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011)), "aborted"])
def test_any_loss_is_mended_after_four_seconds_and_a_clean_one_without_a_word(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S + 4], abs=SLACK_S)
    assert not cell.events("connection.reconnected")
    # After an abnormal close the application is told an error at least, though not that the line is being mended.
    is_clean = name in ("closed[code=1000]", "closed[code=1001]")
    assert cell.broken == (["I5", "I17"] if is_clean else ["I17"])
    assert bool(cell.events("error")) != is_clean


@pytest.mark.parametrize(("name", "tried_at_s"), [("refused at first", [0]), ("refused afterwards", [0, 11])])
def test_one_429_is_taken_for_the_end(name: str, tried_at_s: list[float], cells: dict[str, Cell]):
    cell = cells[name]

    (last,) = cell.events("connection.failed")
    assert "429" in last.fields["reason"]
    assert cell.at_s("wire.attempt") == pytest.approx(tried_at_s, abs=SLACK_S)


def test_a_server_that_accepts_and_hangs_up_is_given_up_after_three_connections(cells: dict[str, Cell]):
    cell = cells["flapping"]

    assert len(cell.at_s("wire.attempt")) == 3
    assert len(cell.events("connection.failed")) == 1


def test_hanging_up_on_a_frozen_peer_takes_more_than_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert done - asked > 10
    assert cell.broken == ["I21"]
