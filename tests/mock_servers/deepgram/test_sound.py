"""What a client sends, decoded."""

import itertools
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_servers.deepgram.sound import Decoder, SoundFormat, Undecodable, wav_header


def wav(*, tag: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16, extra: bytes = b"") -> bytes:
    frame = channels * bits // 8
    fmt = b"".join(
        value.to_bytes(size, "little")
        for value, size in ((tag, 2), (channels, 2), (rate_hz, 4), (rate_hz * frame, 4), (frame, 2), (bits, 2))
    )
    return b"RIFF\0\0\0\0WAVEfmt " + (16).to_bytes(4, "little") + fmt + extra + b"data\xff\xff\xff\xff"


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


def test_a_wav_header_tells_the_format():
    header = wav(channels=2, rate_hz=44_100)

    assert wav_header(header + b"audio") == (
        SoundFormat(encoding="linear16", sample_rate_hz=44_100, channels=2),
        len(header),
    )


def test_chunks_between_format_and_data_are_skipped():
    header = wav(extra=b"LIST\x03\0\0\0abc\0")

    found = wav_header(header)

    assert found is not None
    assert found[1] == len(header)


@pytest.mark.parametrize("length", range(len(wav())))
def test_a_header_that_is_not_whole_yet_is_waited_for(length: int):
    assert wav_header(wav()[:length]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"OggS",
        b"\x1aE\xdf\xa3webm",
        b"RIFF\0\0\0\0AVI ",
        wav(tag=0x55),
        wav(channels=0),
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
    ],
)
def test_what_is_no_wav_file_is_undecodable(data: bytes):
    with pytest.raises(Undecodable):
        wav_header(data)


@given(st.binary(max_size=6_000))
def test_a_header_of_random_bytes_is_a_format_or_undecodable_or_not_over(data: bytes):
    try:
        found = wav_header(b"RIFF\0\0\0\0WAVE" + data)
    except Undecodable:
        return
    assert found is None or found[0].sample_rate_hz >= 8_000
