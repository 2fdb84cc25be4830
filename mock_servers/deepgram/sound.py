"""Caller audio as 16-bit PCM, one stream for each channel, out of what a client sends."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

__all__ = ["Decoder", "SoundFormat", "Undecodable", "wav_header"]

_SAMPLE_BYTES = {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}
_HEADER_BYTES_MAX = 4096
"""A WAV header that is not over by then is none."""


class Undecodable(ValueError):
    """These bytes are no audio that can be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    encoding: str
    sample_rate_hz: int
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        """One sample of each channel."""
        return _SAMPLE_BYTES[self.encoding] * self.channels


class Decoder:
    """Frames of any length in, whole samples out; what is cut off in the middle waits for the rest."""

    def __init__(self, sound: SoundFormat) -> None:
        self._sound = sound
        self._rest = b""

    def decoded(self, data: bytes) -> tuple[bytes, ...]:
        """The PCM of each channel, all equally long."""
        data = self._rest + data
        whole = len(data) - len(data) % self._sound.frame_bytes
        data, self._rest = data[:whole], data[whole:]
        pcm = _linear16(self._sound.encoding, data)
        if self._sound.channels == 1:
            return (pcm,)
        samples = array("h", pcm)
        return tuple(samples[channel :: self._sound.channels].tobytes() for channel in range(self._sound.channels))


def wav_header(data: bytes) -> tuple[SoundFormat, int] | None:
    """The format that a WAV header tells, and its length in bytes; None if `data` is only the beginning of one.

    Raises:
        Undecodable: These are not the first bytes of a WAV file, or of one in an encoding that is not known here.
    """
    if data[:4] != b"RIFF"[: len(data)] or data[8:12] != b"WAVE"[: len(data[8:12])]:
        raise Undecodable("not a WAV header")
    sound, at = None, 12
    while at + 8 <= min(len(data), _HEADER_BYTES_MAX):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            if sound is None:
                raise Undecodable("a WAV file without a format")
            return sound, at + 8
        if name == b"fmt " and len(data) >= at + 24:
            sound = _wav_format(data[at + 8 : at + 24])
        # Chunks begin at even places.
        at += 8 + size + size % 2
    if at > _HEADER_BYTES_MAX:
        raise Undecodable("a WAV header without an end")
    return None


def _wav_format(chunk: bytes) -> SoundFormat:
    tag, channels, sample_rate_hz, _, _, bits = struct.unpack("<HHIIHH", chunk)
    encoding = {(1, 16): "linear16", (1, 32): "linear32", (7, 8): "mulaw", (6, 8): "alaw"}.get((tag, bits))
    if encoding is None or not channels or sample_rate_hz < 8_000:
        raise Undecodable(f"a WAV file of format {tag} with {bits} bits, {channels} channels at {sample_rate_hz} Hz")
    return SoundFormat(encoding=encoding, sample_rate_hz=sample_rate_hz, channels=channels)


def _linear16(encoding: str, data: bytes) -> bytes:
    match encoding:
        case "linear32":
            # The upper half of each little-endian sample.
            return array("h", data)[1::2].tobytes()
        case "mulaw":
            return array("h", (_MULAW[code] for code in data)).tobytes()
        case "alaw":
            return array("h", (_ALAW[code] for code in data)).tobytes()
        case _:
            return data


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
