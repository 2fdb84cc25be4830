"""The caller's sample rate turned into the one that a provider takes, piece by piece and without seams."""

from __future__ import annotations

import array
import sys

__all__ = ["Resampler"]


class Resampler:
    """16-bit mono PCM from one rate to another, by straight lines between the samples.

    At equal rates the bytes pass unchanged. Pieces may be cut anywhere, also within a sample: what comes out is the
    same for any cutting. Good enough for speech recognition upwards (16 kHz to 24 kHz); going down it has no filter
    against aliasing.

    Args:
        from_hz: Rate of what comes in; more than 0.
        to_hz: Rate of what goes out; more than 0.
    """

    def __init__(self, *, from_hz: int, to_hz: int) -> None:
        self.from_hz, self.to_hz = from_hz, to_hz
        self._rest = b""
        self._samples = array.array("h")
        self._position = 0
        """Of the next sample to go out: 1/to_hz of a sample of `_samples` each."""

    def resample(self, pcm: bytes) -> bytes:
        if self.from_hz == self.to_hz:
            return pcm
        self._take(pcm)
        out = array.array("h")
        from_hz, to_hz, samples = self.from_hz, self.to_hz, self._samples
        position, end = self._position, (len(samples) - 1) * to_hz
        while position < end:
            index, offset = divmod(position, to_hz)
            out.append((samples[index] * (to_hz - offset) + samples[index + 1] * offset) // to_hz)
            position += from_hz
        used = min(position // to_hz, len(samples))
        del samples[:used]
        self._position = position - used * to_hz
        return _little_endian(out).tobytes()

    def _take(self, pcm: bytes) -> None:
        pcm = self._rest + pcm
        whole = len(pcm) // 2 * 2
        self._rest = pcm[whole:]
        samples = array.array("h")
        samples.frombytes(pcm[:whole])
        self._samples.extend(_little_endian(samples))


def _little_endian(samples: array.array[int]) -> array.array[int]:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
