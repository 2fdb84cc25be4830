"""The newest google-genai believes the mock. All its versions, on all transports, are `ci/sdk-matrix`'s to play."""

from __future__ import annotations

import pytest

from tests.sdk.environments import ROWS
from tests.sdk.rows import Told, Wish, play_row

# A child process does the talking; its minutes are those of the virtual clock.
pytestmark = [pytest.mark.sdk, pytest.mark.real_time]

NEWEST = next(row for row in ROWS if row.vendor == "gemini" and row.runtime == "python")
A_CALL = ("connect and close", "audio in, audio out", "refused key", "generate_content", "auth tokens")


def played(wish: Wish) -> Told:
    told = play_row(NEWEST, wish)
    if told.not_run:
        pytest.skip(f"{NEWEST.title} is not here: {told.not_run}")
    return told


@pytest.fixture(scope="module")
def on_the_virtual_clock() -> Told:
    return played(Wish(transports=("virtual",)))


def test_the_sdk_can_do_all_it_can_at_its_production_address(on_the_virtual_clock: Told):
    told = on_the_virtual_clock

    assert not told.broken, told.broken
    assert [f"{each.capability}: {each.why}" for each in told.red] == []
    assert any(each.result == "green" for each in told.outcomes)


def test_the_mock_has_every_message_that_the_sdk_knows(on_the_virtual_clock: Told):
    count = on_the_virtual_clock.count

    assert count is not None
    assert count.is_whole, (str(count), count.invalid, [share.missing for share in count.shares])


def test_the_async_and_the_sync_client_make_a_call_on_the_machines_own_clock():
    told = played(Wish(only=A_CALL, transports=("ws", "wss"), count=False))

    assert [f"{each.capability}: {each.why}" for each in told.red] == []
    assert {each.api for each in told.outcomes if each.result == "green"} == {"async", "sync"}
