"""A connection to /v1/speak, as stories."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.protocol import Close, Ready
from mock_servers.base.trouble import ProviderError, Reject
from mock_servers.base.voice import AGENT_STREAM, coded
from tests.support.deepgram_story import Story, deepgram, listen_request

RAW = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": "16000"}
FLUSH, CLEAR, CLOSE = ('{"type": "Flush"}', '{"type": "Clear"}', '{"type": "Close"}')


def speaking(**settings: object) -> Story:
    return Story(vendor=deepgram(**settings), request=listen_request(RAW, path="/v1/speak"))


def speak(text: str) -> str:
    return json.dumps({"type": "Speak", "text": text})


def voice(story: Story) -> bytes:
    return b"".join(send.audio for send in story.sent)


def test_a_connection_begins_with_metadata():
    story = speaking()

    assert story.actions[0] == Ready()
    (metadata,) = story.messages("Metadata")
    assert metadata["request_id"] == dict(story.session.response_headers)["dg-request-id"]
    assert metadata["model_name"] == "aura-2-thalia-en"


def test_nothing_is_spoken_before_a_flush():
    assert voice(speaking().sends(speak("hello there")).waits(60)) == b""


def test_a_flush_speaks_all_texts_since_the_last():
    story = speaking().sends(speak("hello there")).sends(speak("friend")).sends(FLUSH).waits(10)

    assert voice(story) == coded(AGENT_STREAM, 0, 3 * 8_000)


def test_all_audio_of_a_flush_comes_before_its_flushed():
    story = speaking().sends(speak("hello there")).sends(FLUSH).waits(10)

    assert story.names[-1] == "Flushed"
    assert set(story.names[1:-1]) == {"Audio"}


def test_the_first_audio_takes_a_moment():
    story = speaking(first_audio_s=0.3).sends(speak("hello")).sends(FLUSH).waits(10)

    at_s = next(at for action, at in zip(story.actions, story.times, strict=True) if action in story.sent[1:])
    assert at_s == 0.3


def test_two_flushes_are_answered_one_after_the_other():
    story = speaking().sends(speak("one")).sends(FLUSH).sends(speak("two")).sends(FLUSH).waits(10)

    assert [message["sequence_id"] for message in story.messages("Flushed")] == [0, 1]
    assert voice(story) == coded(AGENT_STREAM, 0, 2 * 8_000)


def test_after_a_clear_no_audio_comes():
    story = speaking().sends(speak("word " * 40)).sends(FLUSH).waits(1)
    before = len(voice(story))

    story.sends(CLEAR).waits(60)

    assert 0 < before == len(voice(story)) < 40 * 8_000
    assert story.names[-1] == "Cleared"
    assert story.messages("Flushed") == []


def test_close_speaks_what_is_left_and_then_hangs_up():
    story = speaking().sends(speak("hello there")).sends(CLOSE).waits(10)

    assert voice(story) == coded(AGENT_STREAM, 0, 2 * 8_000)
    assert story.close == Close(code=1000)


def test_close_with_nothing_left_hangs_up_at_once():
    assert speaking().sends(CLOSE).close == Close(code=1000)


def test_the_twenty_first_flush_in_a_minute_earns_a_warning():
    story = speaking()
    for _ in range(21):
        story.sends(FLUSH)

    assert len(story.messages("Flushed")) == 20
    assert [warning["warn_code"] for warning in story.messages("Warning")] == ["EXCESSIVE_FLUSH"]


def test_a_minute_later_flushes_are_taken_again():
    story = speaking()
    for _ in range(20):
        story.sends(FLUSH)

    story.waits(60).sends(FLUSH)

    assert story.messages("Warning") == []


def test_a_text_that_is_too_long_ends_the_connection():
    assert speaking().sends(speak("a" * 2_001)).close == Close(code=1008, reason="DATA-0001")


def test_too_much_text_in_a_minute_ends_the_connection():
    story = speaking().sends(speak("a" * 1_500)).waits(30).sends(speak("a" * 1_000))

    assert story.close == Close(code=1008, reason="DATA-0001")


def test_the_same_text_over_more_than_a_minute_is_fine():
    story = speaking().sends(speak("a" * 1_500)).waits(60).sends(speak("a" * 1_000))

    assert story.close is None


@pytest.mark.parametrize(
    "text", ['{"type": "KeepAlive"}', "not json", '{"type": "Speak"}', '{"type":"Speak","text":7}']
)
def test_what_speak_does_not_know_ends_the_connection(text: str):
    assert speaking().sends(text).close == Close(code=1008, reason="DATA-0000")


def test_a_binary_frame_ends_the_connection():
    assert speaking().sends(b"\x00").close == Close(code=1003, reason="MESSAGE-0000")


def test_a_connection_ends_after_an_hour():
    story = speaking().waits(4_000)

    assert (story.close, story.closed_at_s) == (Close(code=1011, reason="NET-0003"), 3600.0)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from([FLUSH, CLEAR, speak("some words here")]), st.text(max_size=20)), max_size=20)
)
def test_sequence_ids_only_grow(frames: list[str]):
    story = speaking()
    for frame in frames:
        story.sends(frame).waits(0.1)
    story.waits(60)

    ids = [send.body["sequence_id"] for send in story.sent if "sequence_id" in send.body]
    assert ids == sorted(set(ids))


def test_a_rejected_message_ends_the_connection():
    story = speaking().suffers(Reject(name="Speak")).sends(speak("hello"))

    assert story.close == Close(code=1008, reason="DATA-0000")


@pytest.mark.parametrize(
    ("code", "number"), [("net0000", 1011), ("net0001", 1011), ("DATA-0000", 1008), ("SchemaError", 1008)]
)
def test_an_error_ends_the_connection(code: str, number: int):
    close = speaking().suffers(ProviderError(code=code)).close

    assert close is not None
    assert close.code == number


def test_metadata_can_come_with_the_first_audio():
    story = speaking(speak_metadata="first_audio")
    assert story.names == []

    story.sends(speak("hello")).sends(FLUSH).waits(2).sends(speak("there")).sends(FLUSH).waits(2)

    assert story.names[:2] == ["Metadata", "Audio"]
    assert story.names.count("Metadata") == 1


def test_a_warning_can_have_the_fields_of_the_specification():
    story = speaking(speak_warning="specified", flushes_per_minute=0).sends(FLUSH)

    assert list(story.messages("Warning")[0]) == ["type", "description", "code"]


def test_pieces_of_audio_are_not_cut_at_samples():
    story = speaking().sends(speak("word " * 40)).sends(FLUSH).waits(30)

    assert any(len(send.audio) % 2 for send in story.sent)


def test_a_connection_can_have_no_longest_life():
    story = speaking(speak_session_s=0.0).waits(100_000)

    assert (story.close, story.session.wake_at_s()) == (None, None)
