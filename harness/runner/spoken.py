"""What a connection brought of the caller's speech, in the order in which it came, beside the silence around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Heard", "Spoken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How far a server is with the caller's audio of one connection: microseconds since that connection began."""

    received_us: int
    processed_us: int
    finalised_us: int


class Spoken:
    """Takes each piece of audio with the positions of the speech in it."""

    def __init__(self) -> None:
        self._size_bytes = 0
        self._pieces: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []

    def add(self, size_bytes: int, parts: Iterable[tuple[int, int]]) -> None:
        begins, self._size_bytes = self._size_bytes, self._size_bytes + size_bytes
        if speech := tuple(parts):
            self._pieces.append((begins, self._size_bytes, speech))

    def unfinalised(self, heard: Heard) -> list[list[int]]:
        """The positions of the speech that no final result covers, joined where they touch.

        The server counts its cursors in time, and only their ratio is used: nobody here knows the encoding.
        """
        if heard.received_us <= 0:
            return []
        until_bytes = self._size_bytes * heard.finalised_us // heard.received_us
        left: list[list[int]] = []
        for begins, ends, speech in self._pieces:
            if ends <= until_bytes:
                continue
            covered = max(0, until_bytes - begins)
            for start, to in speech:
                first, covered = min(start + covered, to), max(0, covered - (to - start))
                if left and left[-1][1] == first:
                    left[-1][1] = to
                elif first < to:
                    left.append([first, to])
        return left
