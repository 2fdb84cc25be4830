"""livekit-agents with OpenAI's realtime model does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("livekit-openai", but=("never ready", "never ready again"))


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert len(cell.events("turn.completed")) == 2
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize(
    "name", [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011, 4000)), "aborted", "session cap"]
)
def test_any_loss_is_mended_after_a_tenth_of_a_second_and_told(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S + 0.1], abs=SLACK_S)
    assert len(cell.events("connection.reconnecting")) == len(cell.events("connection.reconnected")) == 1
    assert cell.broken == []


def test_the_new_connection_is_configured_and_has_its_history_before_any_audio(cells: dict[str, Cell]):
    cell = cells["aborted"]
    opened = cell.events("wire.open")[1].at_us

    sent = [event.kind for event in cell.trace.events if event.at_us >= opened and event.kind.startswith("client.")]

    before = sent[: sent.index("client.input_audio_buffer.append")]
    assert before[0] == "client.session.update"
    assert "client.conversation.item.create" in before


def test_a_frozen_peer_is_not_noticed_as_long_as_it_is_frozen(cells: dict[str, Cell]):
    cell = cells["frozen"]

    assert min(cell.at_s("connection.reconnecting")) >= STRUCK_S + 41
    assert "I19" in cell.broken


@pytest.mark.parametrize(
    ("name", "tried_at_s"), [("refused at first", [0, 0.1, 2.1]), ("refused afterwards", [0, 7.1, 9.1, 11.1])]
)
def test_retry_after_is_not_read(name: str, tried_at_s: list[float], cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx(tried_at_s, abs=SLACK_S)
    assert cell.broken == ["I10"]


def test_a_refused_key_is_tried_until_the_attempts_are_used_up(cells: dict[str, Cell]):
    cell = cells["refused for good"]

    (last,) = cell.events("connection.failed")
    assert "401" in last.fields["reason"]
    assert len(cell.at_s("wire.attempt")) == 4
    assert cell.broken == ["I15"]


def test_a_server_that_accepts_and_hangs_up_is_called_for_ever(cells: dict[str, Cell]):
    cell = cells["flapping"]

    assert len(cell.at_s("wire.attempt")) > 50
    assert "I13" in cell.broken


def test_hanging_up_on_a_frozen_peer_takes_no_time(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    assert cell.at_s("run.disconnected") == pytest.approx(cell.at_s("run.disconnecting"), abs=SLACK_S)


def test_hanging_up_in_the_backoff_sleeps_it_out(cells: dict[str, Cell]):
    cell = cells["stopped in the backoff"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert done - asked == pytest.approx(0.1, abs=SLACK_S)
    assert cell.broken == []


def test_an_error_event_ends_nothing(cells: dict[str, Cell]):
    cell = cells["error event"]

    assert len(cell.events("error")) == 1
    assert len(cell.at_s("wire.attempt")) == 1
    assert cell.broken == []
