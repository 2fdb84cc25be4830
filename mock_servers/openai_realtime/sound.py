"""The three formats of audio on the wire, and the one inside: 16-bit mono PCM at 24 kHz.

G.711 has 8,000 samples a second; inside, each of them stands three times.
"""

from __future__ import annotations

import functools
import sys
from array import array
from typing import Any

__all__ = ["BYTES_PER_MS", "SAMPLE_RATE_HZ", "Sound", "from_wire", "sound_of", "to_wire"]

SAMPLE_RATE_HZ = 24_000
BYTES_PER_MS = 48
"""Of the PCM inside."""

Sound = str
"""`audio/pcm`, `audio/pcmu` or `audio/pcma`, as sessions name it."""

_REPEATED = 3


def sound_of(fmt: dict[str, Any] | None) -> Sound:
    """The sound of a session's `format`; PCM where none is told."""
    return str((fmt or {}).get("type", "audio/pcm"))


def from_wire(data: bytes, sound: Sound) -> bytes:
    """The PCM of what a client sent."""
    if sound == "audio/pcm":
        return data
    low, high = _tables(sound)
    pcm = bytearray(2 * _REPEATED * len(data))
    lows, highs = data.translate(low), data.translate(high)
    for copy in range(_REPEATED):
        pcm[2 * copy :: 2 * _REPEATED] = lows
        pcm[2 * copy + 1 :: 2 * _REPEATED] = highs
    return bytes(pcm)


def to_wire(pcm: bytes, sound: Sound) -> bytes:
    """What a client is sent for this PCM."""
    if sound == "audio/pcm":
        return pcm
    samples = array("H", pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    codes = _codes(sound)
    return bytes(codes[sample] for sample in samples[::_REPEATED])


@functools.cache
def _tables(sound: Sound) -> tuple[bytes, bytes]:
    """The low and the high byte of the sample behind each code."""
    samples = [_sample(code, sound) & 0xFFFF for code in range(256)]
    return bytes(sample & 0xFF for sample in samples), bytes(sample >> 8 for sample in samples)


@functools.cache
def _codes(sound: Sound) -> bytes:
    """The code nearest to each sample, by its unsigned 16 bits."""
    levels = sorted({_sample(code, sound): code for code in reversed(range(256))}.items())
    codes = bytearray(1 << 16)
    place = 0
    for sample in range(-(1 << 15), 1 << 15):
        while place + 1 < len(levels) and abs(levels[place + 1][0] - sample) <= abs(levels[place][0] - sample):
            place += 1
        codes[sample & 0xFFFF] = levels[place][1]
    return bytes(codes)


def _sample(code: int, sound: Sound) -> int:
    """ITU-T G.711, tables 2a (mu-law) and 1a (A-law)."""
    if sound == "audio/pcmu":
        code ^= 0xFF
        magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
        return -magnitude if code & 0x80 else magnitude
    code ^= 0x55
    segment, step = code >> 4 & 7, (code & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else step + 0x108 << segment - 1
    return magnitude if code & 0x80 else -magnitude
