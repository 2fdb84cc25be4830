"""The caller on one connection: who decides what a turn is, and what is understood of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.base.google_content import Blob
from mock_servers.base.protocol import Cursors
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.gemini_live.caller import Began, Caller, Finished, Happening, Understood
from mock_servers.gemini_live.client_messages import AutomaticActivityDetection

CONVERSATION = Conversation(seed=7)
SECOND = 32_000


def audio(pcm: bytes, rate_hz: int = 16_000) -> Blob:
    return Blob.model_construct(mime_type=f"audio/pcm;rate={rate_hz}", data=pcm)


def caller(**detection: object) -> Caller:
    return Caller(CONVERSATION, AutomaticActivityDetection.model_validate(detection))


def texts(heard: list[Happening]) -> list[str]:
    return [event.text for event in heard if not isinstance(event, Began)]


def words(count: int, start: int = 0) -> str:
    return " ".join(CONVERSATION.word(cell) for cell in range(start, start + count))


def test_a_turn_begins_with_speech_and_ends_with_silence():
    heard = caller(silenceDurationMs=200).plays(audio(coded(CALLER_STREAM, 0, SECOND) + bytes(SECOND)))

    assert [type(event) for event in heard] == [Began, Understood, Finished]
    assert texts(heard) == [words(4), words(4)]


def test_what_happens_is_told_with_its_place_in_the_audio():
    heard = caller(silenceDurationMs=200).plays(audio(bytes(SECOND) + coded(CALLER_STREAM, 0, SECOND) + bytes(SECOND)))

    assert [event.at_audio_s for event in heard if not isinstance(event, Understood)] == [1.0, 2.2]


def test_a_sound_shorter_than_the_prefix_padding_begins_no_turn():
    listening = caller(prefixPaddingMs=200, silenceDurationMs=200)

    assert listening.plays(audio(coded(CALLER_STREAM, 0, SECOND // 10) + bytes(SECOND))) == []


def test_a_turn_begins_when_speech_has_lasted_as_long_as_the_prefix_padding():
    listening = caller(prefixPaddingMs=200)

    assert listening.plays(audio(coded(CALLER_STREAM, 0, SECOND // 10))) == []
    assert listening.plays(audio(coded(CALLER_STREAM, SECOND // 10, SECOND // 5)))[0] == Began()


def test_a_low_end_sensitivity_waits_longer_for_the_end_of_a_turn():
    quick, slow = caller(), caller(endOfSpeechSensitivity="END_SENSITIVITY_LOW")
    pcm = coded(CALLER_STREAM, 0, SECOND) + bytes(SECOND * 3 // 4)

    assert isinstance(quick.plays(audio(pcm))[-1], Finished)
    assert isinstance(slow.plays(audio(pcm))[-1], Understood)


def test_what_is_said_in_a_turn_is_settled_with_its_end():
    listening = caller(silenceDurationMs=200)

    listening.plays(audio(bytes(SECOND) + coded(CALLER_STREAM, 0, SECOND)))
    before = listening.cursors
    listening.plays(audio(bytes(SECOND)))

    assert before == Cursors(received_s=2.0, processed_s=2.0, finalised_s=0.0)
    assert listening.cursors == Cursors(received_s=3.0, processed_s=3.0, finalised_s=3.0)


@settings(deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12))
def test_the_pieces_of_a_transcript_are_the_whole_whatever_the_chunking(cuts: list[int]):
    listening, pcm = caller(), coded(CALLER_STREAM, 0, 2 * SECOND)
    heard: list[Happening] = []

    for cut in cuts:
        heard += listening.plays(audio(pcm[:cut]))
        pcm = pcm[cut:]
    heard += [*listening.plays(audio(pcm)), *listening.ends()]

    assert "".join(event.text for event in heard if isinstance(event, Understood)) == words(8)
    assert heard[-1] == Finished(text=words(8), at_audio_s=2.0)


def test_a_told_activity_may_be_silent():
    telling = caller(disabled=True)
    telling.starts()
    telling.plays(audio(bytes(SECOND)))

    assert telling.ends() == [Finished(text="", at_audio_s=1.0)]


def test_an_activity_ends_once():
    telling = caller(disabled=True)
    telling.starts()
    telling.ends()

    assert telling.ends() == []


def test_the_end_of_a_silent_stream_ends_no_turn():
    listening = caller()
    listening.plays(audio(bytes(SECOND)))

    assert listening.ends() == []


def test_audio_is_counted_once_also_over_a_change_of_rate():
    listening = caller()
    listening.plays(audio(bytes(SECOND)))
    listening.plays(audio(bytes(48_000), rate_hz=24_000))

    assert listening.uncounted_s() == 2.0
    assert listening.uncounted_s() == 0.0
