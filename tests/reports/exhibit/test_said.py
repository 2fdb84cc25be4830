from __future__ import annotations

from typing import Any

import pytest

from harness.reports.exhibit.said import said
from harness.trace import Event


def event(**fields: Any) -> Event:
    return Event(at_us=0, kind="server.error", connection=2, fields=fields)


def test_an_event_is_said_with_its_connection_and_its_fields() -> None:
    assert said(event(code="quota", status=None, left=3)) == 'server.error on connection 2 {code: "quota", left: 3}'


def test_depths_are_told_by_what_is_in_them() -> None:
    assert said(event(error={"code": 1, "why": "x"}, items=[1, 2])) == (
        "server.error on connection 2 {error: {code, why}, items: [2]}"
    )


@pytest.mark.parametrize("fields", [{"text": "x" * 10_000_000}, {"x" * 10_000: 1}, {str(n): n for n in range(10_000)}])
def test_endless_fields_are_cut_off(fields: dict[str, Any]) -> None:
    told = said(Event(at_us=0, kind="server.error", fields=fields))

    assert len(told) < 260
    assert "…" in told


def test_a_key_is_not_said() -> None:
    told = said(
        event(api_key="my own key", header="Bearer abcdef0123456789", query=[["key", "AIzaSyA0123456789abcdef"]])
    )

    assert told == 'server.error on connection 2 {api_key: "[redacted]", header: "Bearer [redacted]", query: [1]}'


def test_positions_of_audio_are_left_to_the_lanes_of_audio() -> None:
    assert said(event(audio=[[0, 640]], account={"unfinalised": []})) == "server.error on connection 2"
