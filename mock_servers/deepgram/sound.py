"""Uncompressed caller audio as 16-bit PCM, one stream for each channel.

Speech of the test's callers tells its own position (`mock_servers.base.voice`). In 8-bit encodings it does so over its
bytes, since a companded sample would lose it: 8-bit speech that carries positions is told as the 16-bit speech of the
same moment.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from mock_servers.base.voice import CALLER_STREAM, coded, decode

__all__ = ["CHANNELS_MAX", "PCM_ENCODINGS", "Decoder", "SoundFormat", "Undecodable"]

_SAMPLE_BYTES = {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}
PCM_ENCODINGS = tuple(_SAMPLE_BYTES)
CHANNELS_MAX = 20
"""docs/multichannel; how many the service mixes into one is not known."""


class Undecodable(ValueError):
    """These bytes are no audio that can be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """How audio is written down; `channels` are interleaved sample by sample."""

    encoding: str
    sample_rate_hz: int
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        """One sample of each channel, where samples have a fixed size."""
        return _SAMPLE_BYTES[self.encoding] * self.channels


class Decoder:
    """Bytes in any chunking in, whole samples out; what is cut off in the middle waits for the rest."""

    def __init__(self, sound: SoundFormat) -> None:
        self._sound = sound
        self._rest = b""
        self._expected: list[int | None] = [None] * sound.channels

    def decoded(self, data: bytes) -> tuple[bytes, ...]:
        """The PCM of each channel, all equally long."""
        data = self._rest + data
        whole = len(data) - len(data) % self._sound.frame_bytes
        data, self._rest = data[:whole], data[whole:]
        streams = _taken_apart(data, _SAMPLE_BYTES[self._sound.encoding], self._sound.channels)
        return tuple(self._linear16(channel, stream) for channel, stream in enumerate(streams))

    def _linear16(self, channel: int, data: bytes) -> bytes:
        match self._sound.encoding:
            case "linear32":
                # The upper half of each little-endian sample.
                return array("h", data)[1::2].tobytes()
            case "mulaw":
                return self._expanded(channel, data, _MULAW)
            case "alaw":
                return self._expanded(channel, data, _ALAW)
            case _:
                return data

    def _expanded(self, channel: int, data: bytes, table: tuple[int, ...]) -> bytes:
        runs = decode(data, stream=CALLER_STREAM, expected=self._expected[channel])
        self._expected[channel] = runs[-1].end if runs else None
        pcm, at = b"", 0
        for run in runs:
            pcm += _by_table(data[at : run.at], table) + coded(CALLER_STREAM, 2 * run.start, 2 * run.end)
            at = run.at + run.end - run.start
        return pcm + _by_table(data[at:], table)


def _taken_apart(data: bytes, sample_bytes: int, channels: int) -> tuple[bytes, ...]:
    if channels == 1:
        return (data,)
    samples = array({1: "B", 2: "h", 4: "i"}[sample_bytes], data)
    return tuple(samples[channel::channels].tobytes() for channel in range(channels))


def _by_table(data: bytes, table: tuple[int, ...]) -> bytes:
    return array("h", (table[code] for code in data)).tobytes()


def _mulaw_sample(code: int) -> int:
    """ITU-T G.711, table 2a."""
    code ^= 0xFF
    magnitude = ((code & 0x0F) * 8 + 0x84 << (code >> 4 & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def _alaw_sample(code: int) -> int:
    """ITU-T G.711, table 1a."""
    code ^= 0x55
    segment, step = code >> 4 & 7, (code & 0x0F) * 16
    magnitude = step + 8 if segment == 0 else step + 0x108 << segment - 1
    return magnitude if code & 0x80 else -magnitude


_MULAW = tuple(map(_mulaw_sample, range(256)))
_ALAW = tuple(map(_alaw_sample, range(256)))
