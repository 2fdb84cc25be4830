"""The newest version of each vendor's SDK believes the mock. All versions, on all transports, are `ci/sdk-matrix`'s to play."""

from __future__ import annotations

import functools

import pytest

from tests.sdk.environments import ROWS
from tests.sdk.rows import Told, Wish, play_row

# A child process does the talking; its minutes are those of the virtual clock.
pytestmark = [pytest.mark.sdk, pytest.mark.real_time]

CALLS = {
    "openai": ("connect and close", "audio in, audio out", "refused key", "sees close 1011"),
    "gemini": ("connect and close", "audio in, audio out", "refused key", "generate_content", "auth tokens"),
    "deepgram": ("connect and close", "audio in, text out", "text in, audio out", "refused key"),
}
"""What is enough of a call, where each second is a second."""


def played(vendor: str, wish: Wish) -> Told:
    newest = next(row for row in ROWS if row.vendor == vendor and row.runtime == "python")
    told = play_row(newest, wish)
    if told.not_run:
        pytest.skip(f"{newest.title} is not here: {told.not_run}")
    return told


@functools.cache
def on_the_virtual_clock(vendor: str) -> Told:
    """Everything, which takes a while, so it is played once."""
    return played(vendor, Wish(transports=("virtual",)))


@pytest.mark.parametrize("vendor", CALLS)
def test_the_sdk_can_do_all_it_can_at_its_production_address(vendor: str):
    told = on_the_virtual_clock(vendor)

    assert not told.broken, told.broken
    assert [f"{each.capability}: {each.why}" for each in told.red] == []
    assert any(each.result == "green" for each in told.outcomes)


@pytest.mark.parametrize("vendor", CALLS)
def test_the_mock_has_every_message_that_the_sdk_knows(vendor: str):
    count = on_the_virtual_clock(vendor).count

    assert count is not None
    assert count.is_whole, (str(count), count.invalid, [share.missing for share in count.shares])


@pytest.mark.parametrize("vendor", CALLS)
def test_the_async_and_the_sync_client_hold_a_call_on_the_machines_own_clock(vendor: str):
    told = played(vendor, Wish(only=CALLS[vendor], transports=("ws", "wss"), count=False))

    assert [f"{each.capability}: {each.why}" for each in told.red] == []
    assert {each.api for each in told.outcomes if each.result == "green"} == {"async", "sync"}
