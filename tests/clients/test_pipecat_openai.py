"""pipecat with OpenAI's realtime service does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of(
    "pipecat-openai",
    but=(
        "frozen",
        "never ready",
        "never ready again",
        "stopped in the backoff",
        "session cap",
        "refused for good",
    ),
)


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert len(cell.events("transcription")) == 2
    assert len(cell.events("turn.started")) == len(cell.events("turn.completed")) == 3, "a greeting and two answers"
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


@pytest.mark.parametrize(
    "name",
    [*(f"closed[code={code}]" for code in (1000, 1001, 1008, 1011, 4000)), "aborted", "flapping", "refused afterwards"],
)
def test_after_any_loss_it_never_calls_again_and_complains_for_each_frame(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert len(cell.at_s("wire.attempt")) == 1
    assert len(cell.events("error")) > 50
    assert cell.last_words is None
    assert "I9" in cell.broken


def test_a_first_refusal_is_told_once_and_never_tried_again(cells: dict[str, Cell]):
    cell = cells["refused at first"]

    (told,) = cell.events("error")
    assert "429" in told.fields["message"]
    assert len(cell.at_s("wire.attempt")) == 1


def test_an_error_event_ends_the_reading_and_nothing_else(cells: dict[str, Cell]):
    cell = cells["error event"]

    assert len(cell.events("error")) == 1
    assert cell.at_s("client.input_audio_buffer.append")[-1] > cell.at_s("error")[0] + 2
    assert "I8" in cell.broken


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]
