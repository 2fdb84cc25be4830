"""G.711 and back."""

import pytest

from mock_servers.openai_realtime.sound import from_wire, to_wire


@pytest.mark.parametrize("sound", ["audio/pcmu", "audio/pcma"])
def test_every_code_means_a_sample_that_means_it_again(sound):
    codes = bytes(range(256))
    samples = from_wire(codes, sound)

    assert from_wire(to_wire(samples, sound), sound) == samples


@pytest.mark.parametrize(
    ("sound", "code", "sample"),
    [
        ("audio/pcmu", 0xFF, 0),
        ("audio/pcmu", 0x80, 32124),
        ("audio/pcmu", 0x00, -32124),
        ("audio/pcma", 0xD5, 8),
        ("audio/pcma", 0x2A, -32256),
        ("audio/pcma", 0xAA, 32256),
    ],
)
def test_the_samples_are_those_of_the_standard(sound, code, sample):
    assert from_wire(bytes([code]), sound) == sample.to_bytes(2, "little", signed=True) * 3


@pytest.mark.parametrize("sound", ["audio/pcmu", "audio/pcma"])
def test_a_telephone_has_eight_thousand_samples_a_second(sound):
    assert len(from_wire(bytes(8_000), sound)) == 48_000
    assert len(to_wire(bytes(48_000), sound)) == 8_000


def test_pcm_is_left_alone():
    assert from_wire(b"\x01\x02\x03", "audio/pcm") == to_wire(b"\x01\x02\x03", "audio/pcm") == b"\x01\x02\x03"
