import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_servers.base.conversation import Conversation
from mock_servers.base.hearing import Hearing, SpeechStarted, SpeechStopped
from mock_servers.base.voice import CALLER_STREAM, coded

RATE_HZ = 16_000
SECOND = 2 * RATE_HZ


def hearing(silence_s: float = 0.2) -> Hearing:
    return Hearing(Conversation(seed=1), sample_rate_hz=RATE_HZ, silence_s=silence_s)


def speech(from_s: float, to_s: float) -> bytes:
    return coded(CALLER_STREAM, round(from_s * SECOND), round(to_s * SECOND))


def silence(lasts_s: float) -> bytes:
    return bytes(round(lasts_s * SECOND))


def cells(listener: Hearing) -> list[int]:
    return [word.cell for word in listener.words]


def test_silence_is_not_heard_as_anything():
    listener = hearing()

    assert listener.heard(silence(3)) == []
    assert listener.audio_s == 3


def test_speech_starts_with_its_first_block():
    assert hearing().heard(silence(0.5) + speech(0, 0.1)) == [SpeechStarted(at_audio_s=0.5)]


def test_speech_stops_once_the_silence_was_long_enough():
    listener = hearing(silence_s=0.2)

    changes = listener.heard(speech(0, 1) + silence(0.2))

    assert changes == [SpeechStarted(at_audio_s=0.0), SpeechStopped(at_audio_s=1.2, words=listener.words)]


def test_a_shorter_silence_does_not_end_the_turn():
    listener = hearing(silence_s=0.2)

    listener.heard(speech(0, 1) + silence(0.19))

    assert listener.speaking


def test_each_quarter_of_a_second_is_a_word():
    listener = hearing()

    listener.heard(speech(0, 1))

    assert [(word.cell, word.start_s, word.end_s) for word in listener.words] == [
        (0, 0.0, 0.25),
        (1, 0.25, 0.5),
        (2, 0.5, 0.75),
        (3, 0.75, 1.0),
    ]


def test_the_words_are_those_of_the_conversation():
    listener = hearing()

    listener.heard(speech(0, 1))

    assert [word.text for word in listener.words] == [Conversation(seed=1).word(cell) for cell in range(4)]


def test_a_lost_cell_is_a_word_that_is_never_heard():
    listener = hearing()

    listener.heard(speech(0, 0.5) + speech(0.75, 1.25))

    assert cells(listener) == [0, 1, 3, 4]


def test_a_cell_that_was_sent_twice_is_heard_twice():
    listener = hearing()

    listener.heard(speech(0, 0.5) + speech(0.25, 0.75))

    assert cells(listener) == [0, 1, 1, 2]


def test_after_a_pause_the_cells_go_on():
    listener = hearing()

    listener.heard(speech(0, 0.5) + silence(0.1) + speech(0.5, 1.0))

    assert [(word.cell, word.start_s) for word in listener.words][2:] == [
        (2, pytest.approx(0.6)),
        (3, pytest.approx(0.85)),
    ]


def test_a_new_turn_forgets_the_words_of_the_last():
    listener = hearing()

    listener.heard(speech(0, 0.5) + silence(0.5) + speech(0.5, 1.0))

    assert cells(listener) == [2, 3]


@given(cut=st.integers(0, SECOND))
def test_a_cut_between_two_connections_loses_no_word_and_hears_none_twice(cut):
    cut -= cut % 320
    first, second = hearing(), hearing()

    first.heard(coded(CALLER_STREAM, 0, cut))
    second.heard(coded(CALLER_STREAM, cut, SECOND))

    assert cells(first) + cells(second) == [0, 1, 2, 3]


@given(sizes=st.lists(st.integers(1, 5_000), min_size=1, max_size=40))
def test_chunking_changes_nothing(sizes):
    audio = silence(0.3) + speech(0, 1.1) + silence(0.4) + speech(1.1, 1.7) + silence(0.4)
    whole, pieces = hearing(), hearing()
    expected = whole.heard(audio)

    changes, at = [], 0
    for size in sizes:
        changes += pieces.heard(audio[at : at + size])
        at += size
    changes += pieces.heard(audio[at:])

    assert changes == expected


def test_speech_without_positions_gets_its_cells_from_how_much_there_was():
    listener = hearing()

    listener.heard(b"\x00\x40" * (RATE_HZ // 2) + silence(0.1) + b"\x00\x40" * (RATE_HZ // 2))

    assert cells(listener) == [0, 1, 2, 3]


def test_a_turn_can_be_ended_by_hand():
    listener = hearing(silence_s=math.inf)
    listener.heard(speech(0, 1) + silence(5))

    assert listener.end_turn() == SpeechStopped(at_audio_s=6.0, words=listener.words)


def test_ending_a_turn_in_which_nobody_spoke_gives_nothing():
    listener = hearing()
    listener.heard(silence(1))

    assert listener.end_turn() is None


@given(pieces=st.lists(st.binary(max_size=700), max_size=10))
def test_noise_in_any_chunking_is_heard_without_harm(pieces):
    listener = hearing()
    for piece in pieces:
        listener.heard(piece)

    assert listener.audio_s == sum(map(len, pieces)) / SECOND
