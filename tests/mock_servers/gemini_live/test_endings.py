"""Close frames: their reasons fit, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings

FIXED = [ending for ending in vars(endings).values() if isinstance(ending, Close)] + list(endings.STATUSES.values())


def test_every_reason_fits_into_a_close_frame():
    assert FIXED
    assert all(len(ending.reason.encode()) <= 123 for ending in FIXED)


def test_the_reasons_that_were_seen_cut_are_cut_at_the_123rd_byte():
    cut = [endings.KEY_MISSING, endings.OAUTH_INVALID, endings.ABORTED_AFTER_GO_AWAY]

    assert [len(ending.reason) for ending in cut] == [123, 123, 123]


@given(st.text(), st.text())
def test_a_reason_with_a_clients_own_words_is_cut_between_two_characters(name: str, path: str):
    whole = f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
    # Half a surrogate pair is no text, and no client's JSON holds one by the time that it is quoted.
    if any("\ud800" <= letter <= "\udfff" for letter in name + path):
        return

    reason = endings.unknown_name(name, path).reason

    assert whole.startswith(reason)
    assert 119 < len(reason.encode()) <= 123 or reason == whole
