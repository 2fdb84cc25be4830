"""The `google-genai` SDK does under faults what was seen of it before: clients_and_incidents, A.2 and A.3.

Seen with 2.34.0 and 3.4.0; played here with 3.4.0.
"""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, cells_of

pytestmark = CHILDREN

cells = cells_of(
    "google-genai",
    but=("refused afterwards", "flapping afterwards", "never ready again", "refused by a close afterwards"),
)


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert cell.events("transcription")
    assert cell.events("audio.output")
    assert cell.last_words == ""
    assert cell.at_s("run.disconnected") == pytest.approx([20], abs=SLACK_S)
    assert [event.fields["code"] for event in cell.events("wire.closed")] == [1000]
    assert cell.broken == []


def test_the_result_of_a_function_is_sent(cells: dict[str, Cell]):
    cell = cells["a function is called"]

    (called,) = cell.events("function_call")
    assert called.fields["name"] == "look_up_order"
    assert cell.events("client.toolResponse")
    assert cell.broken == []


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 4000])
def test_any_close_is_raised_with_its_code(code: int, cells: dict[str, Cell]):
    cell = cells[f"closed[code={code}]"]

    assert cell.last_words is not None
    assert str(code) in cell.last_words
    assert len(cell.at_s("wire.attempt")) == 1
    assert cell.broken == []


def test_an_abort_is_raised_as_1006(cells: dict[str, Cell]):
    cell = cells["aborted"]

    assert "1006" in (cell.last_words or "")
    assert cell.broken == []


def test_a_frozen_peer_is_noticed_after_both_halves_of_its_ping(cells: dict[str, Cell]):
    cell = cells["frozen"]

    (ended,) = cell.at_s("run.stream_ended")
    assert 40 < ended - STRUCK_S < 60
    assert "I19" in cell.broken


def test_a_first_refusal_is_raised_with_its_status(cells: dict[str, Cell]):
    cell = cells["refused at first"]

    (refused,) = cell.events("run.connect_failed")
    assert "429" in refused.fields["error"]
    assert len(cell.at_s("wire.attempt")) == 1


def test_a_server_that_accepts_and_hangs_up_is_called_once(cells: dict[str, Cell]):
    assert len(cells["flapping"].at_s("wire.attempt")) == 1


def test_a_session_that_never_becomes_ready_is_waited_for(cells: dict[str, Cell]):
    cell = cells["never ready"]

    assert not cell.events("run.connected")
    assert not cell.events("run.connect_failed")
    assert cell.broken == ["I20"]


def test_a_warning_of_the_end_is_passed_on_and_not_acted_upon(cells: dict[str, Cell]):
    assert len(cells["warned"].at_s("wire.attempt")) == 1


def test_a_message_that_it_does_not_know_ends_its_loop_with_a_type_error(cells: dict[str, Cell]):
    """It is taken for an error, whose status is then compared with a number, and there is none.

    Source: google-genai 3.4.0, google/genai/live.py, `_receive`, and errors.py, `raise_error`.
    """
    assert (cells["a message that nobody knows"].last_words or "").startswith("TypeError")


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]


def test_hanging_up_while_it_waits_for_the_session_takes_no_time(cells: dict[str, Cell]):
    cell = cells["stopped while not ready"]

    assert cell.at_s("run.disconnected") == pytest.approx(cell.at_s("run.disconnecting"), abs=SLACK_S)
