from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.trace import AGENT_STREAM, CALLER_STREAM, PositionReader, speech

Piece = tuple[str, int, int]
"""A kind of sound (`speech`, `silence`, `noise`, `other`), where it begins, how many bytes it has."""


def brute_force_speech(stream: int, from_byte: int, to_byte: int) -> bytes:
    first, last = from_byte // 8, (to_byte + 7) // 8
    words = b"".join(struct.pack("<HBBI", 0xD6A5, stream, i >> 32, i & 0xFFFFFFFF) for i in range(first, last))
    return words[from_byte - first * 8 :][: to_byte - from_byte]


def sound(piece: Piece) -> bytes:
    kind, begins, lasts = piece
    match kind:
        case "speech":
            return brute_force_speech(CALLER_STREAM, begins, begins + lasts)
        case "other":
            return brute_force_speech(AGENT_STREAM, begins, begins + lasts)
        case "noise":
            return bytes(1 + (begins + n) % 97 for n in range(lasts))
        case _:
            return bytes(lasts)


def in_chunks(pcm: bytes, sizes: list[int]) -> list[bytes]:
    chunks, at = [], 0
    for size in sizes:
        chunks.append(pcm[at : at + size])
        at += size
    return [*chunks, pcm[at:]]


def heard(chunks: list[bytes]) -> list[tuple[int, int]]:
    """What the reader heard over all chunks, neighbours joined."""
    reader = PositionReader(CALLER_STREAM)
    joined: list[tuple[int, int]] = []
    for chunk in chunks:
        for begins, ends in reader.feed(chunk):
            if joined and joined[-1][1] == begins:
                begins = joined.pop()[0]
            joined.append((begins, ends))
    return joined


starts = st.integers(0, 4_000) | st.integers(8 * 120_000, 8 * 121_000) | st.integers(8 * (2**32 - 50), 8 * (2**32 + 50))
pieces = st.lists(st.tuples(st.sampled_from(["speech", "silence", "noise", "other"]), starts, st.integers(24, 400)))
sizes = st.lists(st.integers(0, 700))


@given(starts, st.integers(0, 500))
def test_speech_is_what_its_definition_says(begins: int, lasts: int) -> None:
    assert speech(CALLER_STREAM, begins, begins + lasts) == brute_force_speech(CALLER_STREAM, begins, begins + lasts)


@given(pieces, sizes)
@example([("speech", 0, 24), ("speech", 17, 24)], [])
@example([("speech", 0, 34), ("speech", 2, 24)], [])
@example([("speech", 8 * 2**32 - 91, 400), ("silence", 0, 24), ("speech", 8 * 2**32 + 305, 24)], [])
def test_every_whole_word_of_speech_is_heard_once_and_in_order(said: list[Piece], chunk_sizes: list[int]) -> None:
    pcm = b"".join(sound(piece) for piece in said)

    words = [word for begins, ends in heard(in_chunks(pcm, chunk_sizes)) for word in range(begins // 8, ends // 8)]

    assert _are_words_of([piece for piece in said if piece[0] == "speech"], words)


def _are_words_of(spoken: list[Piece], words: list[int]) -> bool:
    """Whether `words` are the whole words of these pieces, in order. Where a piece ends or begins within a word, that word
    may stand there as well: zeros of the silence, or bytes of the next piece, can make it whole again."""
    if not spoken:
        return not words
    _, begins, lasts = spoken[0]
    whole = list(range(-(-begins // 8), (begins + lasts) // 8))
    if words[: len(whole)] != whole:
        return False
    rest = words[len(whole) :]
    cut_off = [at // 8 for at in (begins + lasts, *(piece[1] for piece in spoken[1:2])) if at % 8]
    is_made_whole = bool(rest) and rest[0] in cut_off
    return _are_words_of(spoken[1:], rest) or (is_made_whole and _are_words_of(spoken[1:], rest[1:]))


@given(pieces, sizes)
def test_the_chunking_makes_no_difference_to_what_is_heard(said: list[Piece], chunk_sizes: list[int]) -> None:
    pcm = b"".join(sound(piece) for piece in said)

    assert heard(in_chunks(pcm, chunk_sizes)) == heard([pcm])


@given(sizes)
def test_unbroken_speech_is_heard_whole_and_nothing_of_it_is_undecodable(chunk_sizes: list[int]) -> None:
    reader = PositionReader(CALLER_STREAM)

    intervals = [part for chunk in in_chunks(speech(1, 0, 6_400), chunk_sizes) for part in reader.feed(chunk)]

    assert intervals[0][0] == 0
    assert intervals[-1][1] == 6_400
    assert all(before[1] == after[0] for before, after in pairwise(intervals))
    assert reader.undecodable == 0


def test_each_call_gives_the_part_that_it_completed() -> None:
    reader = PositionReader(CALLER_STREAM)

    assert reader.feed(speech(1, 640, 1_280)) == [(640, 1_280)]
    assert reader.feed(speech(1, 1_280, 1_920)) == [(1_280, 1_920)]


def test_a_jump_inside_a_chunk_gives_two_parts() -> None:
    reader = PositionReader(CALLER_STREAM)

    assert reader.feed(speech(1, 0, 320) + speech(1, 2_048, 2_368)) == [(0, 320), (2_048, 2_368)]


def test_the_same_part_twice_is_heard_twice() -> None:
    reader = PositionReader(CALLER_STREAM)

    assert reader.feed(speech(1, 0, 320) * 2) == [(0, 320), (0, 320)]


def test_silence_is_no_speech_and_counts_as_nothing() -> None:
    reader = PositionReader(CALLER_STREAM)

    assert reader.feed(bytes(640)) == []
    assert reader.undecodable == 0


def test_foreign_sound_is_counted() -> None:
    reader = PositionReader(CALLER_STREAM)

    reader.feed(b"\x01\x02" * 100)

    assert reader.undecodable == 200


def test_the_other_speaker_is_not_heard() -> None:
    reader = PositionReader(CALLER_STREAM)

    assert reader.feed(speech(AGENT_STREAM, 0, 640)) == []


def test_an_index_that_looks_like_the_magic_deceives_nobody() -> None:
    lookalike = 8 * 0x0001D6A5

    assert heard([speech(CALLER_STREAM, lookalike + 4, lookalike + 404)]) == [(lookalike + 8, lookalike + 400)]


@pytest.mark.parametrize("part", [(-8, 0), (16, 8), (0, 2**43 + 8)])
def test_a_part_that_no_stream_has_is_refused(part: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no part of a stream"):
        speech(CALLER_STREAM, *part)


def test_a_stream_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 255"):
        speech(256, 0, 8)
