import struct

from hypothesis import given
from hypothesis import strategies as st

from mock_servers.base.voice import AGENT_STREAM, CALLER_STREAM, Run, Voice, coded, decode, is_speech


def by_hand(stream: int, index: int) -> bytes:
    return struct.pack("<HBBI", 0xD6A5, stream, index >> 32, index & 0xFFFFFFFF)


def test_a_word_is_magic_stream_and_index():
    assert coded(1, 16, 24) == by_hand(1, 2)


def test_an_index_past_32_bits_carries_into_the_high_byte():
    start = ((1 << 32) - 1) * 8

    assert coded(2, start, start + 16) == by_hand(2, (1 << 32) - 1) + by_hand(2, 1 << 32)


@given(start=st.integers(0, 10_000), length=st.integers(0, 500))
def test_any_window_is_cut_from_the_same_stream(start, length):
    assert coded(1, start, start + length) == coded(1, 0, 10_500)[start : start + length]


def test_the_agent_speaks_a_quarter_of_a_second_for_each_word():
    assert len(Voice(sample_rate_hz=24_000).say("one two three")) == 3 * 12_000


def test_the_agent_goes_on_where_it_ended():
    voice = Voice(sample_rate_hz=24_000)
    voice.say("one")

    assert voice.say("two") == coded(AGENT_STREAM, 12_000, 24_000)


def test_zeros_are_silence():
    assert not is_speech(bytes(480))


def test_the_hiss_of_a_microphone_is_silence():
    assert not is_speech(struct.pack("<4h", 100, -200, 300, -327))


def test_one_loud_sample_is_speech():
    assert is_speech(struct.pack("<3h", 0, 0, -328))


def test_coded_speech_is_speech_from_its_first_word_on():
    assert is_speech(coded(CALLER_STREAM, 0, 8))


@given(start=st.integers(0, 1 << 36), length=st.integers(23, 2_000))
def test_a_window_tells_its_own_position(start, length):
    runs = decode(coded(CALLER_STREAM, start, start + length), stream=CALLER_STREAM)

    assert runs == [Run(at=0, start=start, end=start + length)]


@given(silence=st.integers(0, 100), length=st.integers(16, 300))
def test_speech_is_found_behind_silence(silence, length):
    runs = decode(bytes(silence) + coded(CALLER_STREAM, 0, length), stream=CALLER_STREAM)

    assert runs == [Run(at=silence, start=0, end=length)]


def test_a_jump_begins_a_new_run():
    window = coded(CALLER_STREAM, 0, 160) + coded(CALLER_STREAM, 800, 960)

    assert decode(window, stream=CALLER_STREAM) == [Run(at=0, start=0, end=160), Run(at=160, start=800, end=960)]


def test_an_expected_position_is_recognised_in_eight_bytes():
    window = coded(CALLER_STREAM, 160, 168)

    assert decode(window, stream=CALLER_STREAM, expected=160) == [Run(at=0, start=160, end=168)]


def test_the_agents_own_voice_is_not_taken_for_the_callers():
    assert decode(coded(AGENT_STREAM, 0, 480), stream=CALLER_STREAM) == []


@given(noise=st.binary(max_size=600))
def test_noise_is_read_without_harm(noise):
    assert all(0 <= run.at <= len(noise) for run in decode(noise, stream=CALLER_STREAM))
