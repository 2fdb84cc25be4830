"""Whatever a client sends, the session answers or says what is wrong, and goes on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.openai_realtime.catalogue import CATALOGUE
from tests.support.realtime_story import Story, error, kinds, only, text_turn


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("{", "invalid_json"),
        ("NaN", "invalid_json"),
        ("[]", "invalid_event"),
        ('{"session": {}}', "invalid_event"),
        (b"\x00", "invalid_event"),
        ('{"type": "response.make"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "?"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append"}', "missing_required_parameter"),
        ('{"type": "conversation.item.create"}', "missing_required_parameter"),
    ],
)
def test_a_wrong_event_is_an_error_and_the_session_goes_on(payload, code):
    story = Story()
    refused = error(story.raw(payload))

    assert (refused["code"], story.close) == (code, None)
    assert kinds(text_turn(story))[0] == "conversation.item.added"


def test_an_error_gives_the_clients_event_id_back():
    assert error(Story().client("response.cancel", event_id="mine"))["event_id"] == "mine"


def test_an_error_has_all_its_keys():
    assert set(error(Story().client("response.cancel"))) == {"type", "code", "message", "param", "event_id"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(["session", "item", "response", "item_id", "audio", "content_index", "audio_end_ms", "event_id"]),
    JSON | st.dictionaries(st.sampled_from(["type", "role", "content", "audio", "tools", "conversation"]), JSON),
)


@settings(max_examples=80, deadline=None)
@given(events=st.lists(st.tuples(st.sampled_from(sorted(CATALOGUE.client)), FIELDS), max_size=6))
def test_whatever_a_client_sends_the_session_answers_or_says_what_is_wrong(events):
    story = Story()
    for kind, fields in events:
        story.client(kind, **fields)
        story.passes(0.4)

    assert {message["type"] for message in story.messages} <= CATALOGUE.server


@given(payload=st.text() | st.binary())
def test_noise_is_an_error(payload):
    story = Story()
    story.raw(payload)

    assert story.messages[-1]["type"] == "error"


@pytest.mark.parametrize("levels", [100, 600, 100_000])
def test_a_deeply_nested_event_is_an_error(levels):
    story = Story()
    deep = "[" * levels + "]" * levels
    refused = error(story.raw('{"type": "session.update", "session": {"type": "realtime", "prompt": ' + deep + "}}"))

    assert refused["code"] in ("invalid_value", "invalid_json")


def test_half_a_surrogate_pair_comes_back_as_it_was_sent():
    story = Story()
    payload = '{"type": "session.update", "session": {"type": "realtime", "instructions": "\\ud800"}}'
    updated = only(story.raw(payload), "session.updated")

    assert updated["session"]["instructions"] == "\ud800"
    assert story.actions[-1].payload.isascii()


def test_a_number_without_end_is_no_json():
    payload = '{"type": "session.update", "session": {"type": "realtime", "prompt": 1e999}}'

    assert error(Story().raw(payload))["code"] == "invalid_json"
