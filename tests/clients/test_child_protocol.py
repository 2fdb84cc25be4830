"""The words between the harness and a program under test."""

from __future__ import annotations

import json

import pytest

from harness.clients import Endpoints, Traits
from harness.clients.child_protocol import Asked, audio_line, environment, read_line, read_traits, text_line
from harness.clients.inferred_state import InferredState

ASKED = Asked(provider="deepgram", session={"voice": "x"}, script=[{"at_us": 1}], seconds=12.5, sample_rate_hz=16_000)


def test_a_program_is_told_its_addresses() -> None:
    urls = {"session": "ws://127.0.0.1:9/v1/listen", "rest": "http://127.0.0.1:8"}

    told = environment(ASKED, Endpoints(urls=urls, api_key="sk-1"))

    assert {name: value for name, value in told.items() if name.startswith("DEADAIR_")} == {
        "DEADAIR_PROVIDER": "deepgram",
        "DEADAIR_URL": "ws://127.0.0.1:9/v1/listen",
        "DEADAIR_BASE_URL": "ws://127.0.0.1:9",
        "DEADAIR_REST_URL": "http://127.0.0.1:8",
        "DEADAIR_API_KEY": "sk-1",
        "DEADAIR_SECONDS": "12.5",
        "DEADAIR_SESSION": '{"voice": "x"}',
        "DEADAIR_SCRIPT": '[{"at_us": 1}]',
        "DEADAIR_SAMPLE_RATE": "16000",
    }


def test_a_program_is_told_whom_to_trust_in_three_ways() -> None:
    told = environment(ASKED, Endpoints(urls={"session": "wss://127.0.0.1:9/v1/listen"}, ca_file="/ca.pem"))

    assert [told[name] for name in ("DEADAIR_CA_FILE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")] == ["/ca.pem"] * 3


def test_audio_goes_out_as_base64_in_a_line() -> None:
    assert json.loads(audio_line(b"\0\1")) == {"do": "audio", "pcm": "AAE="}


def test_a_text_of_several_lines_is_one_line() -> None:
    assert text_line("one\ntwo").count(b"\n") == 1


def test_an_event_is_read_with_its_fields() -> None:
    event = read_line(b'{"event": "connection.reconnecting", "attempt": 1}')

    assert event is not None
    assert (event.kind, event.fields, event.audio) == ("connection.reconnecting", {"attempt": 1}, b"")


def test_audio_is_read_as_bytes() -> None:
    event = read_line(b'{"event": "audio.output", "pcm": "AAE="}')

    assert event is not None
    assert (event.fields, event.audio) == ({}, b"\0\1")


@pytest.mark.parametrize(
    "line",
    [b"", b"hello", b"{", b"[]", b"{}", b'{"event": 1}', b'{"event": "audio.output", "pcm": "?"}', b'{"event": "\xff"}',
     b'{"event": "audio.output", "pcm": 3}', b'{"a":' * 100_000],
)  # fmt: skip
def test_any_other_line_is_none(line: bytes) -> None:
    assert read_line(line) is None


def test_what_a_program_says_of_itself_is_believed_as_far_as_it_can_be_read() -> None:
    assert read_traits({"name": "app", "version": 3, "reconnects": False, "tells": ["error"]}) == Traits(
        reconnects=False, tells=("error",), name="app"
    )


def test_one_that_says_nothing_is_active_as_long_as_it_has_a_connection() -> None:
    state = InferredState()
    found = [state.value]
    for kind in ("wire.ready", "wire.closed", "wire.ready"):
        state.seen(kind, 1)
        found.append(state.value)

    assert found == ["connecting", "active", "reconnecting", "active"]


@pytest.mark.parametrize(("exit_code", "state"), [(0, "disconnected"), (1, "error"), (-9, "error")])
def test_one_that_is_over_is_in_a_state_of_rest(exit_code: int, state: str) -> None:
    inferred = InferredState()
    inferred.over(exit_code)

    assert inferred.value == state


def test_its_last_word_stands_when_it_is_over() -> None:
    inferred = InferredState()
    inferred.told("connection.failed")
    inferred.over(0)

    assert inferred.value == "error"
