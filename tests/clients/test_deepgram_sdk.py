"""The `deepgram-sdk` does under faults what was seen of it before: clients_and_incidents, A.2 and A.3.

Seen and played with 7.17.0, on the legacy client of websockets.
"""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("deepgram-sdk")


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert cell.events("transcription")
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_clean_close_is_told_without_code_or_reason(code: int, cells: dict[str, Cell]):
    cell = cells[f"closed[code={code}]"]

    assert not cell.events("error")
    assert cell.at_s("connection.failed") == pytest.approx([STRUCK_S], abs=SLACK_S)
    assert cell.broken == ["I6"]


@pytest.mark.parametrize("code", [1008, 1011])
def test_any_other_close_is_told_as_an_error_before(code: int, cells: dict[str, Cell]):
    cell = cells[f"closed[code={code}]"]

    (error,) = cell.events("error")
    assert str(code) in error.fields["message"]
    assert cell.broken == []


def test_an_abort_is_told_as_an_error_before(cells: dict[str, Cell]):
    cell = cells["aborted"]

    assert len(cell.events("error")) == len(cell.events("connection.failed")) == 1
    assert cell.broken == []


def test_it_never_calls_again(cells: dict[str, Cell]):
    assert {name: len(cell.at_s("wire.attempt")) for name, cell in cells.items()} == dict.fromkeys(cells, 1)


@pytest.mark.parametrize("name", ["refused at first"])
def test_a_refusal_is_raised_with_its_status(name: str, cells: dict[str, Cell]):
    (refused,) = cells[name].events("run.connect_failed")

    assert "status_code: 429" in refused.fields["error"]


def test_a_frozen_peer_is_noticed_late(cells: dict[str, Cell]):
    cell = cells["frozen"]

    (told,) = cell.at_s("connection.failed")
    assert told - STRUCK_S > 20
    assert "I19" in cell.broken


def test_hanging_up_on_a_frozen_peer_takes_more_than_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,) = cell.at_s("run.disconnecting")
    assert not [done for done in cell.at_s("run.disconnected") if done - asked < 10]
    assert "I21" in cell.broken
