"""Audio that tells its own position: what the mock's agent speaks, and how it reads what the caller spoke.

Every 8 bytes of speech (4 samples of 16-bit PCM) are a word: `u16 magic 0xD6A5 | u8 stream | u8 index high | u32 index
low`, little endian, index = byte offset / 8 in the speaker's whole stream. Silence is zeros. The agent is stream 2, the
caller stream 1.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["AGENT_STREAM", "CALLER_STREAM", "SECONDS_PER_WORD", "Run", "Voice", "coded", "decode", "is_speech"]

AGENT_STREAM = 2
CALLER_STREAM = 1
SECONDS_PER_WORD = 0.25
"""A spoken word lasts this long, for the agent and for the caller alike."""

MAGIC = 0xD6A5
WORD_BYTES = 8
QUIET_MAX = 327
"""The loudest sample that still counts as silence: 1 % of full scale (-40 dB), so that a real microphone may hiss."""

_WORD = struct.Struct("<HBBI")

_BLOCK = 256
_EACH = sum(1 << 64 * place for place in range(_BLOCK))
"""1 in every u64 of a block; multiplied with a word, it is a block of that word."""
_COUNTED = sum(place << 64 * place + 32 for place in range(_BLOCK))
"""0, 1, 2, … in the upper halves of a block's u64s."""
_NEXT = _EACH * (_BLOCK << 32)
"""From a block to the one behind it."""


class Voice:
    """The agent's voice: one unbroken stream over all connections of a server, so that no position comes twice."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._said_bytes = 0

    def say(self, text: str) -> bytes:
        """PCM for the words of `text`, `SECONDS_PER_WORD` each; goes on where the last call ended."""
        samples = round(len(text.split()) * SECONDS_PER_WORD * self.sample_rate_hz)
        start = self._said_bytes
        self._said_bytes += 2 * samples
        return coded(AGENT_STREAM, start, self._said_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Bytes `start` to `end` of a speaker's stream, found in a window of audio from byte `at` on."""

    at: int
    start: int
    end: int


def coded(stream: int, start: int, end: int) -> bytes:
    """The bytes `start` to `end` of the speech of `stream`."""
    first, last = start // WORD_BYTES, -(-end // WORD_BYTES)
    words = b"".join(_words(stream, first, last))
    return words[start - first * WORD_BYTES : end - first * WORD_BYTES]


def decode(pcm: bytes, *, stream: int, expected: int | None = None) -> list[Run]:
    """Where the audio comes from: the runs of `stream`'s speech in it, in order, to the byte; before a jump, to the word.

    A run is found by two consecutive words in it, so one of less than 16 bytes may be missed, unless it goes on at
    `expected`, the position that the last window ended with.
    """
    runs: list[Run] = []
    at = 0
    while at < len(pcm):
        length = 0 if expected is None else _agreement(pcm, at, stream, expected)
        if expected is None or length < min(WORD_BYTES, len(pcm) - at):
            found = _aligned(pcm, at, stream)
            if found is None:
                break
            at, expected = found
            length = _agreement(pcm, at, stream, expected)
        runs.append(Run(at=at, start=expected, end=expected + length))
        at += length
        expected = None
    return runs


def is_speech(pcm: bytes) -> bool:
    """Whether any sample is louder than silence."""
    if not any(pcm):
        return False
    samples = array("h")
    samples.frombytes(pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return bool(samples) and (max(samples) > QUIET_MAX or min(samples) < -QUIET_MAX)


def _words(stream: int, first: int, last: int) -> Iterator[bytes]:
    # Read as one little-endian u64, a word is a sum whose only moving part is the low half of the index in the upper 32
    # bits. So a block of words is a large integer, the next block a sum, and both are made in C.
    while first < last:
        high, low = divmod(first, 1 << 32)
        until = min(last, (high + 1) << 32)
        block = (MAGIC | stream << 16 | high << 24 | low << 32) * _EACH + _COUNTED
        while first < until:
            count = min(_BLOCK, until - first)
            yield block.to_bytes(_BLOCK * WORD_BYTES + 1, "little")[: count * WORD_BYTES]
            block += _NEXT
            first += count


def _agreement(pcm: bytes, at: int, stream: int, position: int) -> int:
    """How many bytes of `pcm` from `at` on are `stream`'s speech from `position` on: all, or up to the end of a word."""
    heard = pcm[at:]
    said = coded(stream, position, position + len(heard))
    if heard == said:
        return len(heard)
    difference = int.from_bytes(heard, "little") ^ int.from_bytes(said, "little")
    same = ((difference & -difference).bit_length() - 1) // 8
    # After a jump the next word begins like the one that was expected: with the magic and the stream.
    return max(0, same - (position + same) % WORD_BYTES)


def _aligned(pcm: bytes, at: int, stream: int) -> tuple[int, int] | None:
    """The first place from `at` on where two consecutive words of `stream` stand, and their position."""
    mark = struct.pack("<HB", MAGIC, stream)
    place = pcm.find(mark, at)
    while 0 <= place <= len(pcm) - 2 * WORD_BYTES:
        index, following = _index(pcm, place), _index(pcm, place + WORD_BYTES)
        if pcm.startswith(mark, place + WORD_BYTES) and following == index + 1:
            return _from_the_first_byte(pcm, at, place, stream, index * WORD_BYTES)
        place = pcm.find(mark, place + 1)
    return None


def _from_the_first_byte(pcm: bytes, at: int, place: int, stream: int, position: int) -> tuple[int, int]:
    """Take in the bytes of a cut-off word before `place`, where they belong to the same run."""
    partial = min(place - at, position, WORD_BYTES - 1)
    said = coded(stream, position - partial, position)
    while partial and pcm[place - partial : place] != said[len(said) - partial :]:
        partial -= 1
    return place - partial, position - partial


def _index(pcm: bytes, place: int) -> int:
    _, _, high, low = _WORD.unpack_from(pcm, place)
    return int(high) << 32 | int(low)
