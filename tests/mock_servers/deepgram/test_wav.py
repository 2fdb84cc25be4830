"""Headers of WAV files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_servers.deepgram.sound import SoundFormat, Undecodable
from mock_servers.deepgram.wav import wav_header


def wav(*, tag: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16, extra: bytes = b"") -> bytes:
    frame = channels * bits // 8
    fmt = b"".join(
        value.to_bytes(size, "little")
        for value, size in ((tag, 2), (channels, 2), (rate_hz, 4), (rate_hz * frame, 4), (frame, 2), (bits, 2))
    )
    return b"RIFF\0\0\0\0WAVEfmt " + (16).to_bytes(4, "little") + fmt + extra + b"data\xff\xff\xff\xff"


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
        wav(channels=21),
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
