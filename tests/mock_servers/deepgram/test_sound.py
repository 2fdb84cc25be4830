"""What a client sends, decoded."""

import itertools
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_servers.deepgram.sound import Decoder, SoundFormat


@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=8), channels=st.integers(1, 3))
def test_frames_may_be_cut_anywhere(data: bytes, cuts: list[int], channels: int):
    sound = SoundFormat(encoding="linear16", sample_rate_hz=16_000, channels=channels)
    whole = Decoder(sound).decoded(data)
    decoder, pieces = Decoder(sound), [b""] * channels
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        pieces = [before + pcm for before, pcm in zip(pieces, decoder.decoded(data[start:end]), strict=True)]

    assert tuple(pieces) == whole


def test_interleaved_channels_are_taken_apart():
    data = array("h", [1, -1, 2, -2, 3, -3]).tobytes()

    left, right = Decoder(SoundFormat(encoding="linear16", sample_rate_hz=8_000, channels=2)).decoded(data)

    assert (array("h", left).tolist(), array("h", right).tolist()) == ([1, 2, 3], [-1, -2, -3])


def test_linear32_keeps_its_upper_half():
    data = array("i", [5 << 16, -7 << 16]).tobytes()

    (pcm,) = Decoder(SoundFormat(encoding="linear32", sample_rate_hz=8_000)).decoded(data)

    assert array("h", pcm).tolist() == [5, -7]


@pytest.mark.parametrize(
    ("encoding", "code", "sample"),
    [
        ("mulaw", 0xFF, 0),
        ("mulaw", 0x7F, 0),
        ("mulaw", 0x80, 32_124),
        ("mulaw", 0x00, -32_124),
        ("alaw", 0xD5, 8),
        ("alaw", 0x55, -8),
        ("alaw", 0xAA, 32_256),
        ("alaw", 0x2A, -32_256),
    ],
)
def test_companded_audio_is_expanded_by_the_tables_of_g711(encoding: str, code: int, sample: int):
    (pcm,) = Decoder(SoundFormat(encoding=encoding, sample_rate_hz=8_000)).decoded(bytes([code]))

    assert array("h", pcm).tolist() == [sample]
