"""The caller on one connection: who decides what a turn is, and what is understood of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.base.google_content import Blob
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.gemini_live.caller import Began, Caller, Finished, Understood
from mock_servers.gemini_live.client_messages import AutomaticActivityDetection

CONVERSATION = Conversation(seed=7)
SECOND = 32_000


def audio(pcm: bytes, rate_hz: int = 16_000) -> Blob:
    return Blob.model_construct(mime_type=f"audio/pcm;rate={rate_hz}", data=pcm)


def caller(**detection: object) -> Caller:
    return Caller(CONVERSATION, AutomaticActivityDetection.model_validate(detection))


def words(count: int, start: int = 0) -> str:
    return " ".join(CONVERSATION.word(cell) for cell in range(start, start + count))


def test_a_turn_begins_with_speech_and_ends_with_silence():
    heard = caller(silenceDurationMs=200).plays(audio(coded(CALLER_STREAM, 0, SECOND) + bytes(SECOND)))

    assert heard == [Began(), Understood(text=words(4)), Finished(text=words(4))]


@settings(deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12))
def test_the_pieces_of_a_transcript_are_the_whole_whatever_the_chunking(cuts: list[int]):
    listening, pcm = caller(), coded(CALLER_STREAM, 0, 2 * SECOND)
    heard: list[object] = []

    for cut in cuts:
        heard += listening.plays(audio(pcm[:cut]))
        pcm = pcm[cut:]
    heard += [*listening.plays(audio(pcm)), *listening.ends()]

    assert "".join(event.text for event in heard if isinstance(event, Understood)) == words(8)
    assert heard[-1] == Finished(text=words(8))


def test_a_told_activity_may_be_silent():
    telling = caller(disabled=True)
    telling.starts()
    telling.plays(audio(bytes(SECOND)))

    assert telling.ends() == [Finished(text="")]


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
