"""Opus packets, alone and in Ogg."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.voice import CALLER_STREAM, coded, is_speech
from mock_servers.deepgram.ogg import OggOpus
from mock_servers.deepgram.opus import packet_lasts_s, pcm_of_packet
from mock_servers.deepgram.sound import Undecodable
from tests.support.deepgram_story import Story, deepgram, listen_request, said

WIDEBAND_20_MS = 9 << 3
DTX = bytes([WIDEBAND_20_MS])


def packet(at_s: float) -> bytes:
    """20 ms of the caller's speech, as far as a packet carries it: where it stands in 16 kHz PCM."""
    position = round(at_s * 32_000)
    return bytes([WIDEBAND_20_MS]) + coded(CALLER_STREAM, position, position + 16)


def page(*packets: bytes) -> bytes:
    lacing, body = [], b""
    for one in packets:
        lacing += [255] * (len(one) // 255) + [len(one) % 255]
        body += one
    return b"OggS" + bytes(22) + bytes([len(lacing), *lacing]) + body


def head(sample_rate_hz: int = 16_000) -> bytes:
    return b"OpusHead\x01\x01\0\0" + sample_rate_hz.to_bytes(4, "little") + b"\0\0\0"


TAGS = b"OpusTags" + bytes(300)
OGG = page(head()) + page(TAGS)


@pytest.mark.parametrize(
    ("first_bytes", "lasts_s"),
    [
        (bytes([0 << 3]), 0.01), (bytes([3 << 3]), 0.06), (bytes([13 << 3]), 0.02), (bytes([16 << 3]), 0.0025),
        (bytes([19 << 3 | 1]), 0.04), (bytes([3 << 3 | 2]), 0.12), (bytes([1 << 3 | 3, 3]), 0.06),
    ],
)  # fmt: skip
def test_a_packet_says_how_long_it_lasts(first_bytes: bytes, lasts_s: float):
    assert packet_lasts_s(first_bytes) == pytest.approx(lasts_s)


@pytest.mark.parametrize(
    "data", [b"", b"\x1aE\xdf\xa3webm", b"OggS", bytes([3 << 3 | 3, 48]), bytes([3]), bytes([3, 0])], ids=repr
)
def test_what_is_no_packet_is_undecodable(data: bytes):
    with pytest.raises(Undecodable):
        packet_lasts_s(data)


def test_a_packet_is_heard_where_its_position_says():
    assert pcm_of_packet(packet(1.5), sample_rate_hz=16_000) == coded(CALLER_STREAM, 48_000, 48_640)


def test_a_packet_of_silence_is_silent():
    assert pcm_of_packet(DTX, sample_rate_hz=16_000) == bytes(640)


def test_a_packet_without_a_position_is_speech():
    assert is_speech(pcm_of_packet(bytes([WIDEBAND_20_MS]) + b"a frame of somebody", sample_rate_hz=16_000))


def test_packets_are_heard_one_frame_each():
    query = {"model": "nova-3", "encoding": "opus", "sample_rate": "16000"}
    story = Story(request=listen_request(query))
    for number in range(50):
        story.waits(0.02).sends(packet(number * 0.02))
    for _ in range(10):
        story.waits(0.02).sends(DTX)

    assert [word["word"] for word in story.finals[0]["channel"]["alternatives"][0]["words"]] == said(7, 0, 4)


@settings(deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=8))
def test_ogg_may_be_cut_anywhere(sizes: list[int]):
    packets = [packet(number / 50) for number in range(20)] + [bytes(600)]
    data, ogg, found, at = OGG + page(*packets[:7]) + page(*packets[7:]), OggOpus(), [], 0
    for size in itertools.cycle(sizes):
        found += ogg.packets(data[at : at + size])
        at += size
        if at >= len(data):
            break

    assert found == packets


def test_ogg_needs_no_encoding():
    story = Story(request=listen_request({"model": "nova-3"})).sends(OGG)
    for second in range(2):
        story.waits(1).sends(page(*(packet(second + number / 50) for number in range(50))))
    story.waits(1).sends(page(*([DTX] * 50)))

    assert [word["word"] for word in story.finals[0]["channel"]["alternatives"][0]["words"]] == said(7, 0, 8)


def test_the_second_connection_needs_the_header_too():
    vendor = deepgram(undecodable="1008")
    Story(vendor=vendor, request=listen_request({"model": "nova-3"})).sends(OGG).leaves()

    second = Story(vendor=vendor, request=listen_request({"model": "nova-3"})).sends(page(packet(0)))

    assert second.close is not None
    assert second.close.code == 1008


def test_a_packet_without_an_end_is_undecodable():
    endless = b"OggS" + bytes(22) + bytes([255] * 256) + bytes(255 * 255)
    ogg = OggOpus()
    ogg.packets(OGG)

    with pytest.raises(Undecodable):
        ogg.packets(endless + endless)


@given(st.binary(max_size=400))
def test_random_bytes_are_packets_or_undecodable(data: bytes):
    try:
        OggOpus().packets(OGG + data)
        pcm_of_packet(data, sample_rate_hz=16_000)
    except Undecodable:
        pass
