"""How values look on the wire."""

from __future__ import annotations

import json

import pytest

from mock_servers.gemini_live.server_messages import duration, encode, name_of, told


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (50.0, "50s"),
        (0.0, "0s"),
        (0.5, "0.500s"),
        (1.0625, "1.062500s"),
        (1e-9, "0.000000001s"),
        (-1.0, "0s"),
        (1e5, "100000s"),
        (6.999931370888702e-06, "0.000007s"),
    ],
)
def test_a_duration_has_0_3_6_or_9_decimals(seconds: float, written: str):
    assert duration(seconds) == written


def test_text_goes_out_as_it_is():
    payload = encode({"serverContent": {"inputTranscription": {"text": "grüß dich 👋"}}})

    assert isinstance(payload, bytes)
    assert "grüß dich 👋".encode() in payload
    assert json.loads(payload)["serverContent"]["inputTranscription"]["text"] == "grüß dich 👋"


def test_usage_rides_along_and_gives_no_name():
    message = {"usageMetadata": {"totalTokenCount": 3}, "serverContent": {"turnComplete": True}}

    assert name_of(message) == "serverContent"
    assert told(message) == {"turnComplete": True, "usageMetadata": {"totalTokenCount": 3}}


def test_usage_alone_is_a_message():
    message = {"usageMetadata": {"totalTokenCount": 3}}

    assert name_of(message) == "usageMetadata"
    assert told(message) == {"totalTokenCount": 3}
