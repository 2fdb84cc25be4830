"""The `openai` SDK does under faults what was seen of it before: clients_and_incidents, A.2 and A.3."""

from __future__ import annotations

import pytest

from tests.support.known_clients import CHILDREN, STRUCK_S, Cell, cells_of

pytestmark = CHILDREN

FIRST_DELAY_S = (0.375, 0.5)
"""Half a second, of which at most a quarter is left to chance."""

cells = cells_of("openai-sdk", but=("fair weather",))
plain_cells = cells_of(
    "openai-sdk-no-reconnect",
    but=(
        "fair weather",
        "closed[code=1000]",
        "closed[code=1008]",
        "closed[code=4000]",
        "frozen",
        "refused at first",
        "refused afterwards",
        "never ready",
        "never ready again",
        "stopped while frozen",
        "stopped in the backoff",
        "error event",
        "refused for good",
    ),
)


@pytest.mark.parametrize("name", ["closed[code=1001]", "closed[code=1011]", "aborted", "session cap"])
def test_a_loss_that_it_takes_for_recoverable_is_mended_after_half_a_second(name: str, cells: dict[str, Cell]):
    first, second = cells[name].at_s("wire.attempt")

    assert first == 0
    assert STRUCK_S + FIRST_DELAY_S[0] <= second <= STRUCK_S + FIRST_DELAY_S[1] + 0.15


def test_a_close_1000_ends_its_loop_without_a_word(cells: dict[str, Cell]):
    cell = cells["closed[code=1000]"]

    assert cell.last_words == ""
    assert "I1" in cell.broken


@pytest.mark.parametrize("code", [1008, 4000])
def test_a_close_that_it_takes_for_final_is_raised_with_its_code(code: int, cells: dict[str, Cell]):
    cell = cells[f"closed[code={code}]"]

    assert str(code) in (cell.last_words or "")
    assert len(cell.at_s("wire.attempt")) == 1
    assert cell.broken == []


def test_audio_goes_out_on_the_new_connection_before_the_application_can_configure_it(cells: dict[str, Cell]):
    assert cells["aborted"].broken == ["I22"]


def test_a_frozen_peer_is_noticed_after_both_halves_of_its_ping(cells: dict[str, Cell]):
    cell = cells["frozen"]

    (told,) = cell.at_s("connection.reconnecting")
    assert 40 < told - STRUCK_S < 60
    assert "I19" in cell.broken


def test_a_first_refusal_is_raised_with_its_status(cells: dict[str, Cell]):
    cell = cells["refused at first"]

    (refused,) = cell.events("run.connect_failed")
    assert "429" in refused.fields["error"]
    assert len(cell.at_s("wire.attempt")) == 1


def test_retry_after_is_not_read(cells: dict[str, Cell]):
    cell = cells["refused afterwards"]

    assert len(cell.at_s("wire.attempt")) == 4
    assert "I10" in cell.broken


def test_a_refused_key_is_tried_until_the_attempts_are_used_up(cells: dict[str, Cell]):
    cell = cells["refused for good"]

    assert [event.fields["attempt"] for event in cell.events("connection.reconnecting")] == [1, 2, 3, 4, 5]
    assert "I15" in cell.broken


def test_a_server_that_accepts_and_hangs_up_is_called_for_ever_with_attempt_1(cells: dict[str, Cell]):
    cell = cells["flapping"]

    attempts = [event.fields["attempt"] for event in cell.events("connection.reconnecting")]
    assert attempts == [1] * len(attempts)
    assert len(attempts) > 20
    assert "I13" in cell.broken


@pytest.mark.parametrize("name", ["never ready", "never ready again"])
def test_a_session_that_never_becomes_ready_is_waited_for(name: str, cells: dict[str, Cell]):
    assert "I20" in cells[name].broken


def test_hanging_up_on_a_frozen_peer_takes_ten_seconds(cells: dict[str, Cell]):
    cell = cells["stopped while frozen"]

    (asked,), (done,) = cell.at_s("run.disconnecting"), cell.at_s("run.disconnected")
    assert 10 <= done - asked < 10.1
    assert cell.broken == ["I21"]


def test_hanging_up_in_the_backoff_takes_no_time(cells: dict[str, Cell]):
    cell = cells["stopped in the backoff"]

    assert cell.at_s("run.disconnecting") == cell.at_s("run.disconnected")
    assert cell.broken == []


def test_an_error_event_ends_nothing(cells: dict[str, Cell]):
    cell = cells["error event"]

    assert len(cell.events("error")) == 1
    assert cell.last_words is None
    assert cell.broken == []


@pytest.mark.parametrize("name", ["closed[code=1001]", "closed[code=1011]", "aborted", "session cap", "flapping"])
def test_without_its_option_it_never_calls_again(name: str, plain_cells: dict[str, Cell]):
    cell = plain_cells[name]

    assert len(cell.at_s("wire.attempt")) == 1
    assert cell.last_words is not None


def test_without_its_option_it_is_not_blamed_for_having_no_reconnect_layer(plain_cells: dict[str, Cell]):
    assert plain_cells["aborted"].broken == []
