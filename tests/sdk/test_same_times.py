"""On the virtual clock an SDK says the same, to the microsecond, in every run; here, in two fresh processes."""

from __future__ import annotations

import pytest

from tests.sdk.environments import ROWS, Row
from tests.sdk.rows import Wish, play_row

# Child processes do the talking; their minutes are those of the virtual clock.
pytestmark = [pytest.mark.sdk, pytest.mark.real_time]

NEWEST = {
    row.vendor: row for row in reversed(ROWS) if row.runtime == "python"
}  # The first of each vendor, since later ones in this order take its place.

A_CALL = ("connect and close", "text in, audio out", "VAD turn", "barge-in", "cancel", "tools", "goAway", "CloseStream")


def times(row: Row) -> dict[str, tuple[float | None, str | None]]:
    """When each capability was over, and the digest of all that its mock saw."""
    told = play_row(row, Wish(only=A_CALL, transports=("virtual",), count=False))
    if told.not_run:
        pytest.skip(f"{row.title} is not here: {told.not_run}")
    assert told.is_green, (told.broken, told.red)
    return {each.capability: (each.ended_at_s, each.told) for each in told.outcomes if each.result == "green"}


@pytest.mark.parametrize("vendor", sorted(NEWEST))
def test_the_sdk_says_the_same_at_the_same_times_in_each_run(vendor: str):
    first = times(NEWEST[vendor])

    assert len(first) >= 3
    assert times(NEWEST[vendor]) == first
