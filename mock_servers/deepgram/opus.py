"""Opus packets, as far as they can be heard without a codec: how long each lasts, and the position that it carries.

A mock has no codec. The first byte of a packet tells its length (RFC 6716, 3.1); whether somebody speaks is told by its
size, since an encoder in silence sends one or two bytes (DTX); and where the speech of a test's caller stands is told by
position words in the packet's body. A packet without them is heard as speech of an unknown place.
"""

from __future__ import annotations

from mock_servers.base.voice import CALLER_STREAM, coded, decode
from mock_servers.deepgram.sound import Undecodable

__all__ = ["packet_lasts_s", "pcm_of_packet"]

_SILENT_BYTES_MAX = 2
_PACKET_S_MAX = 0.12
_FOREIGN = (b"\x1aE\xdf\xa3", b"RIFF", b"OggS")
"""A container in a stream that was said to have none: deepgram/deepgram-python-sdk#509."""
_LOUD = (0x2000).to_bytes(2, "little")


def packet_lasts_s(packet: bytes) -> float:
    """Raises Undecodable if this is no packet of Opus."""
    if not packet or packet.startswith(_FOREIGN):
        raise Undecodable("no Opus packet")
    configuration, code = packet[0] >> 3, packet[0] & 3
    frames = 1 if code == 0 else 2
    if code == 3:
        if len(packet) < 2 or not packet[1] & 0x3F:
            raise Undecodable("an Opus packet without frames")
        frames = packet[1] & 0x3F
    lasts_s = frames * _frame_s(configuration)
    if lasts_s > _PACKET_S_MAX + 1e-9:
        raise Undecodable("an Opus packet longer than 120 ms")
    return lasts_s


def pcm_of_packet(packet: bytes, *, sample_rate_hz: int) -> bytes:
    """What is heard in a packet, as 16-bit mono PCM of its length."""
    samples = round(packet_lasts_s(packet) * sample_rate_hz)
    body = packet[1:]
    if len(body) <= _SILENT_BYTES_MAX:
        return bytes(2 * samples)
    runs = decode(body, stream=CALLER_STREAM)
    if runs:
        return coded(CALLER_STREAM, runs[0].start, runs[0].start + 2 * samples)
    return _LOUD * samples


def _frame_s(configuration: int) -> float:
    """RFC 6716, table 2."""
    if configuration < 12:
        return (0.01, 0.02, 0.04, 0.06)[configuration % 4]
    if configuration < 16:
        return (0.01, 0.02)[configuration % 2]
    return (0.0025, 0.005, 0.01, 0.02)[configuration % 4]
