"""Audio on its way in: a container's header is taken off, the rest is decoded and cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mock_servers.deepgram.ogg import OggOpus
from mock_servers.deepgram.opus import pcm_of_packet
from mock_servers.deepgram.sound import Decoder, SoundFormat
from mock_servers.deepgram.wav import wav_header

__all__ = ["Intake", "Piece"]

_PIECES_PER_SECOND = 10
"""So that one huge message is held to the pace of the service, too."""


@dataclass(frozen=True, slots=True)
class Piece:
    """At most 100 ms of 16-bit PCM, one stream for each channel."""

    channels: tuple[bytes, ...]
    sample_rate_hz: int

    @property
    def samples(self) -> int:
        """Of each channel."""
        return len(self.channels[0]) // 2

    @property
    def lasts_s(self) -> float:
        return self.samples / self.sample_rate_hz


class Intake:
    """The audio of one connection.

    `sound` is None until the format is known: told by the query, or by the header of a container, which must come anew on
    every connection.

    Args:
        apart: Whether each channel is heard by itself. If not, the service mixes them; positions in the samples would not
            survive that, so here the first is heard.
    """

    def __init__(self, sound: SoundFormat | None, *, apart: bool = False) -> None:
        self.sound = sound
        self._apart = apart
        self._begun = b""
        self._ogg: OggOpus | None = OggOpus() if sound is not None and sound.encoding == "ogg-opus" else None
        self._decoder: Decoder | None = None

    def taken(self, data: bytes) -> list[Piece]:
        """What can be heard of a frame.

        Raises:
            Undecodable: It is not in the format that was told, or in none that can be decoded.
        """
        if self._ogg is not None:
            return self._from_ogg(data)
        if self.sound is not None and self.sound.encoding == "opus":
            # A frame is a packet.
            return self._pieces(self._from_packets([data]), self.sound)
        if self.sound is None:
            return self._from_container(data)
        if self._decoder is None:
            self._decoder = Decoder(self.sound)
        return self._pieces(self._decoder.decoded(data), self.sound)

    def _from_container(self, data: bytes) -> list[Piece]:
        self._begun += data
        if b"OggS".startswith(self._begun[:4]):
            if len(self._begun) < 4:
                return []
            self._ogg, begun, self._begun = OggOpus(), self._begun, b""
            return self._from_ogg(begun)
        found = wav_header(self._begun)
        if found is None:
            return []
        self.sound, length = found
        begun, self._begun = self._begun[length:], b""
        return self.taken(begun)

    def _from_ogg(self, data: bytes) -> list[Piece]:
        assert self._ogg is not None
        packets = self._ogg.packets(data)
        if self._ogg.sound is None:
            return []
        self.sound = self._ogg.sound
        return self._pieces(self._from_packets(packets), self.sound)

    def _from_packets(self, packets: list[bytes]) -> tuple[bytes, ...]:
        assert self.sound is not None
        rate_hz = self.sound.sample_rate_hz
        pcm = b"".join(pcm_of_packet(packet, sample_rate_hz=rate_hz) for packet in packets)
        return (pcm,) * self.sound.channels

    def _pieces(self, channels: tuple[bytes, ...], sound: SoundFormat) -> list[Piece]:
        return list(_cut(channels if self._apart else channels[:1], sound.sample_rate_hz))


def _cut(channels: tuple[bytes, ...], sample_rate_hz: int) -> Iterator[Piece]:
    size = 2 * (sample_rate_hz // _PIECES_PER_SECOND)
    for at in range(0, len(channels[0]), size):
        yield Piece(tuple(channel[at : at + size] for channel in channels), sample_rate_hz)
