"""`openai-agents` does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, STRUCK_S, Cell, cells_of

pytestmark = CHILDREN

cells = cells_of(
    "openai-agents",
    but=(
        "fair weather",
        "refused afterwards",
        "flapping",
        "never ready again",
        "stopped in the backoff",
        "refused for good",
    ),
)


@pytest.mark.parametrize("name", ["closed[code=1000]", "closed[code=1001]", "session cap"])
def test_a_close_that_is_clean_to_websockets_ends_its_events_quietly(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    (last,) = cell.events("connection.failed")
    assert last.fields["reason"] == "connection_status: disconnected"
    assert cell.last_words == ""


@pytest.mark.parametrize("code", [1000, 1001])
def test_the_code_of_such_a_close_is_lost(code: int, cells: dict[str, Cell]):
    assert cells[f"closed[code={code}]"].broken == ["I6"]


@pytest.mark.parametrize("name", ["closed[code=1008]", "closed[code=4000]", "closed[code=1011]", "aborted"])
def test_any_other_loss_is_raised_once(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert "ConnectionClosedError" in (cell.last_words or "")
    assert len(cell.at_s("wire.attempt")) == 1
    assert cell.broken == []


def test_after_a_loss_what_is_sent_fails_as_an_assertion(cells: dict[str, Cell]):
    assert "AssertionError" in cells["aborted"].events("run.send_failed")[-1].fields["error"]


def test_a_first_refusal_is_raised_with_its_status(cells: dict[str, Cell]):
    (refused,) = cells["refused at first"].events("run.connect_failed")

    assert "429" in refused.fields["error"]


def test_a_frozen_peer_is_noticed_after_both_halves_of_its_ping(cells: dict[str, Cell]):
    cell = cells["frozen"]

    (ended,) = cell.at_s("run.stream_ended")
    assert 40 < ended - STRUCK_S < 60
    assert "I19" in cell.broken


def test_it_streams_audio_into_a_session_that_is_not_ready(cells: dict[str, Cell]):
    cell = cells["never ready"]

    assert cell.at_s("run.connected")
    assert cell.events("client.input_audio_buffer.append")
    assert not cell.events("wire.ready")


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]


def test_an_error_event_ends_nothing(cells: dict[str, Cell]):
    cell = cells["error event"]

    assert len(cell.events("error")) == 1
    assert cell.last_words is None
    assert cell.broken == []
