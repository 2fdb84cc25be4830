"""Position-coded speech: PCM that says of itself which part of the speaker's stream it is.

Every 8 bytes of speech (4 samples of 16-bit PCM) are a word: `u16 magic 0xD6A5 | u8 stream | u8 index high | u32 index
low`, little endian, where the index is the word's byte offset in the speaker's whole stream, divided by 8. Silence is
zeros. So whoever holds 16 bytes of it knows exactly which part it is, however it was cut into chunks on the way.
"""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache

__all__ = ["AGENT_STREAM", "CALLER_STREAM", "WORD_BYTES", "PositionReader", "speech"]

CALLER_STREAM = 1
AGENT_STREAM = 2
WORD_BYTES = 8

_MAGIC = 0xD6A5
_INDEX_BITS = 40
_LOW_BITS = 32
_CERTAIN_BYTES = 2 * WORD_BYTES
"""One word may look like another one seen a few bytes aside: an index can contain the magic (word 120,485 does, which is
30 s into a 16 kHz stream). Two in a row cannot."""

_BLOCK_WORDS = 4096
"""Speech is made in blocks that are kept for a while: who speaks and who listens are at about the same place. It divides
2 ** 32, so that the upper byte of the index changes between blocks only."""


def speech(stream: int, from_byte: int, to_byte: int) -> bytes:
    """The bytes `[from_byte, to_byte)` of a speaker's stream.

    Args:
        stream: 0 … 255; the caller is `CALLER_STREAM`, the agent `AGENT_STREAM`.
        from_byte: 0 or more.
        to_byte: Not less than `from_byte`, at most 2 ** 43 (8.7 years at 16 kHz).

    Raises:
        ValueError: If a value is out of its range.
    """
    if not 0 <= stream <= 0xFF:
        raise ValueError(f"a stream is a number from 0 to 255, not {stream}")
    if not 0 <= from_byte <= to_byte <= WORD_BYTES << _INDEX_BITS:
        raise ValueError(f"[{from_byte}, {to_byte}) is no part of a stream")
    first, last = from_byte // WORD_BYTES, -(-to_byte // WORD_BYTES)
    skipped = from_byte - first * WORD_BYTES
    return _words(stream, first, last)[skipped : skipped + to_byte - from_byte]


class PositionReader:
    """Hears one speaker on one connection, in one direction, whatever the chunking.

    `undecodable` counts the bytes that were neither this stream's speech nor zeros.
    """

    __slots__ = ("_held", "_next_word", "_stream", "undecodable")

    def __init__(self, stream: int) -> None:
        self.undecodable = 0
        self._stream = stream
        self._next_word: int | None = None
        self._held = b""

    def feed(self, pcm: bytes) -> list[tuple[int, int]]:
        """Which parts of the stream these bytes complete: `[from, to)` byte offsets, in the order heard.

        Parts are whole words, so each end is known to within a word. What cannot be told yet, 15 bytes at most, is
        held until the next call.
        """
        heard: list[tuple[int, int]] = []
        rest = self._held + pcm if self._held else pcm
        while True:
            if self._next_word is None:
                rest = self._searched(rest)
                if self._next_word is None:
                    break
            words = self._words_that_go_on(rest)
            if words:
                heard.append((self._next_word * WORD_BYTES, (self._next_word + words) * WORD_BYTES))
                self._next_word += words
                rest = rest[words * WORD_BYTES :]
            if len(rest) < WORD_BYTES:
                break
            self._next_word = None
        self._held = rest
        return heard

    def _words_that_go_on(self, pcm: bytes) -> int:
        """How many words at the front of `pcm` are those that come next in the stream."""
        assert self._next_word is not None
        whole = len(pcm) // WORD_BYTES
        expected = _words(self._stream, self._next_word, self._next_word + whole)
        if pcm.startswith(expected):
            return whole
        # The first byte that differs, found as the lowest bit that does: comparing byte by byte in Python costs more
        # than all the rest.
        differs = int.from_bytes(pcm[: len(expected)], "little") ^ int.from_bytes(expected, "little")
        return ((differs & -differs).bit_length() - 1) // 8 // WORD_BYTES

    def _searched(self, pcm: bytes) -> bytes:
        """Look for the next place where the stream can be heard; what is left to read from there."""
        mark = _MAGIC.to_bytes(2, "little") + bytes([self._stream])
        at = pcm.find(mark)
        while at >= 0:
            seen = pcm[at : at + _CERTAIN_BYTES]
            if len(seen) >= WORD_BYTES:
                index = int.from_bytes(seen[3:4], "little") << _LOW_BITS | int.from_bytes(seen[4:8], "little")
                following = min(index + 2, 1 << _INDEX_BITS)
                if _words(self._stream, index, following).startswith(seen):
                    if len(seen) == _CERTAIN_BYTES:
                        self._next_word = index
                    return self._passed_over(pcm, at)
            elif at + len(seen) == len(pcm):
                return self._passed_over(pcm, at)
            at = pcm.find(mark, at + 1)
        begun = next((n for n in (2, 1) if pcm.endswith(mark[:n])), 0)
        return self._passed_over(pcm, len(pcm) - begun)

    def _passed_over(self, pcm: bytes, until: int) -> bytes:
        self.undecodable += until - pcm.count(0, 0, until)
        return pcm[until:]


def _words(stream: int, first: int, last: int) -> bytes:
    blocks = range(first // _BLOCK_WORDS, -(-last // _BLOCK_WORDS))
    skipped = (first - blocks.start * _BLOCK_WORDS) * WORD_BYTES
    joined = _block(stream, blocks.start) if len(blocks) == 1 else b"".join(_block(stream, n) for n in blocks)
    return joined[skipped : skipped + (last - first) * WORD_BYTES]


@lru_cache(maxsize=64)
def _block(stream: int, number: int) -> bytes:
    # A word is two numbers of 32 bits: one that is the same all over the block, and the index.
    first = number * _BLOCK_WORDS
    constant = _MAGIC | stream << 16 | (first >> _LOW_BITS) << 24
    low = first & 0xFFFFFFFF
    words = array("I", [constant]) * (2 * _BLOCK_WORDS)
    words[1::2] = array("I", range(low, low + _BLOCK_WORDS))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()
