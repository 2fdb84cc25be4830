"""Google's ADK does under faults what was seen of it before: clients_and_incidents, A.2 and A.3.

Seen and played with 2.13.0, which comes with google-genai 2.34.0.
"""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, SLACK_S, STRUCK_S, Cell, assert_it_ended_well, cells_of

pytestmark = CHILDREN

cells = cells_of("google-adk")


def test_a_call_in_fair_weather_is_heard_answered_and_ended(cells: dict[str, Cell]):
    cell = cells["fair weather"]

    assert cell.events("transcription")
    assert cell.events("audio.output")
    assert_it_ended_well(cell)


def test_the_result_of_a_long_running_function_is_sent_while_it_reads_on(cells: dict[str, Cell]):
    cell = cells["a function is called"]

    (called,) = cell.at_s("function_call")
    assert cell.at_s("client.toolResponse") == pytest.approx([called + 2], abs=SLACK_S)
    assert cell.broken == []


@pytest.mark.parametrize("name", ["closed[code=1000]", "closed[code=1011]", "aborted"])
def test_a_loss_is_mended_at_once_without_a_word(name: str, cells: dict[str, Cell]):
    cell = cells[name]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S], abs=SLACK_S)
    assert cell.broken == ["I5"]


@pytest.mark.parametrize("code", [1001, 1008, 4000])
def test_a_close_that_it_takes_for_final_is_raised_with_its_code(code: int, cells: dict[str, Cell]):
    cell = cells[f"closed[code={code}]"]

    assert str(code) in (cell.last_words or "")
    assert len(cell.at_s("wire.attempt")) == 1


def test_a_frozen_peer_is_noticed_after_both_halves_of_its_ping(cells: dict[str, Cell]):
    cell = cells["frozen"]

    _, again = cell.at_s("wire.attempt")
    assert 40 < again - STRUCK_S < 60
    assert "I19" in cell.broken


@pytest.mark.parametrize(("name", "attempts"), [("refused at first", 1), ("refused afterwards", 2)])
def test_a_refusal_ends_the_run_with_its_status(name: str, attempts: int, cells: dict[str, Cell]):
    cell = cells[name]

    assert "429" in (cell.last_words or "")
    assert len(cell.at_s("wire.attempt")) == attempts


def test_one_refusal_after_a_drop_is_one_blip_that_ends_the_run(cells: dict[str, Cell]):
    assert "I16" in cells["refused afterwards"].broken


def test_without_a_handle_a_server_that_accepts_and_hangs_up_is_called_once(cells: dict[str, Cell]):
    cell = cells["flapping"]

    assert len(cell.at_s("wire.attempt")) == 1
    assert "1011" in (cell.last_words or "")


def test_with_a_handle_it_is_called_for_ever_without_a_pause(cells: dict[str, Cell]):
    cell = cells["flapping afterwards"]

    assert len(cell.at_s("wire.attempt")) > 80
    assert {"I12", "I13"} <= set(cell.broken)


def test_a_key_that_is_refused_after_the_upgrade_is_tried_five_times_without_a_pause(cells: dict[str, Cell]):
    """The same close in the middle of a session is final: before `setupComplete` ADK sees it as another exception."""
    cell = cells["refused by a close afterwards"]

    assert cell.at_s("wire.attempt")[1:] == pytest.approx([STRUCK_S] * 5, abs=SLACK_S)
    assert "1008" in (cell.last_words or "")
    assert {"I12", "I15"} <= set(cell.broken)


def test_a_message_that_the_sdk_below_does_not_know_ends_the_run_with_a_type_error(cells: dict[str, Cell]):
    assert (cells["a message that nobody knows"].last_words or "").startswith("TypeError")


@pytest.mark.parametrize("name", ["never ready", "never ready again"])
def test_a_session_that_never_becomes_ready_is_waited_for(name: str, cells: dict[str, Cell]):
    assert "I20" in cells[name].broken


def test_a_warning_of_the_end_is_heeded(cells: dict[str, Cell]):
    cell = cells["warned"]

    assert cell.at_s("wire.attempt") == pytest.approx([0, STRUCK_S], abs=SLACK_S)
    assert "I24" not in cell.broken


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]


def test_closing_its_queue_does_not_end_a_run_that_waits_for_its_session(cells: dict[str, Cell]):
    cell = cells["stopped while not ready"]

    assert not cell.events("run.disconnected")
    assert "I21" in cell.broken
