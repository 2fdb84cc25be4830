"""Opus in Ogg: pages in any chunking in, packets out (RFC 3533, RFC 7845)."""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.deepgram.sound import SoundFormat, Undecodable

__all__ = ["OggOpus"]

_HEAD_BYTES = 27
_PACKET_BYTES_MAX = 64 * 1024
"""No packet of Opus is as long, nor are the comments of a live stream."""
_SAMPLE_RATES_HZ = range(8_000, 48_001)


@dataclass(frozen=True, slots=True)
class _Page:
    segments: tuple[bytes, ...]
    """Pieces of packets; one shorter than 255 bytes ends its packet."""
    length: int


class OggOpus:
    """A stream of one connection. The first packet must be its header: what a client sent on another one is not known."""

    def __init__(self) -> None:
        self.sound: SoundFormat | None = None
        self._unread = b""
        self._packet = b""
        self._packets = 0

    def packets(self, data: bytes) -> list[bytes]:
        """The audio packets that these bytes complete.

        Raises:
            Undecodable: This is no Ogg, or none with Opus in it.
        """
        self._unread += data
        audio = []
        while (page := _page(self._unread)) is not None:
            self._unread = self._unread[page.length :]
            for segment in page.segments:
                self._packet += segment
                if len(self._packet) > _PACKET_BYTES_MAX:
                    raise Undecodable("an Ogg packet without an end")
                if len(segment) < 255:
                    packet, self._packet = self._packet, b""
                    audio += self._taken(packet)
        return audio

    def _taken(self, packet: bytes) -> list[bytes]:
        self._packets += 1
        if self._packets == 1:
            self.sound = _sound(packet)
            return []
        # The second packet has the comments.
        return [packet] if self._packets > 2 else []


def _page(data: bytes) -> _Page | None:
    if data[:4] != b"OggS"[: len(data)]:
        raise Undecodable("not an Ogg page")
    if len(data) < _HEAD_BYTES:
        return None
    lacing = data[_HEAD_BYTES : _HEAD_BYTES + data[26]]
    at = _HEAD_BYTES + len(lacing)
    if len(lacing) < data[26] or len(data) < at + sum(lacing):
        return None
    segments = []
    for size in lacing:
        segments.append(data[at : at + size])
        at += size
    return _Page(tuple(segments), at)


def _sound(head: bytes) -> SoundFormat:
    if head[:8] != b"OpusHead" or len(head) < 19 or not head[9]:
        raise Undecodable("Ogg without Opus in it")
    sample_rate_hz = int.from_bytes(head[12:16], "little")
    # The rate of the original is only told for information; where it is not told, Opus runs at 48 kHz.
    known = sample_rate_hz in _SAMPLE_RATES_HZ
    return SoundFormat(encoding="opus", sample_rate_hz=sample_rate_hz if known else 48_000)
