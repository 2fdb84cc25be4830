"""A count says n of n, or what is missing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sdk.count import read_count


def printed(**changes: Any) -> str:
    whole = {
        "server": {"sdk": ["error", "session.created"], "mock": ["session.created", "error", "rate_limits.updated"]},
        "client": {"sdk": ["response.cancel"], "mock": ["response.cancel"]},
        "messages_validated": 7,
        "invalid": [],
    }
    return json.dumps(whole | changes)


def test_a_mock_that_has_every_kind_is_whole():
    count = read_count(printed())

    assert str(count) == "server 2 of 2, client 1 of 1, 7 messages validated"
    assert count.is_whole


def test_a_kind_that_a_new_release_has_added_is_missing():
    count = read_count(printed(client={"sdk": ["response.cancel", "response.pause"], "mock": ["response.cancel"]}))

    assert str(count).startswith("server 2 of 2, client 1 of 2")
    assert count.shares[1].missing == ("response.pause",)
    assert not count.is_whole


def test_a_message_that_the_model_refuses_makes_it_less_than_whole():
    assert not read_count(printed(invalid=["error: it has no code"])).is_whole


def test_what_has_no_true_reason_to_be_sent_is_excused():
    count = read_count(printed(server={"sdk": ["error", "ghost"], "mock": ["error"]}, no_reason={"ghost": "SIP only"}))

    assert count.is_whole
    assert str(count).startswith("server 1 and 1 excused of 2, ")


@pytest.mark.parametrize("nothing", [{"messages_validated": 0}, {"server": [], "client": []}])
def test_what_counts_nothing_is_no_count(nothing: dict[str, Any]):
    with pytest.raises(ValueError, match="counts nothing"):
        read_count(printed(**nothing))
