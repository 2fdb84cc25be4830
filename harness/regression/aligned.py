"""Two orders in two columns, so that what is the same stands side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Row", "aligned"]

BESIDE = 3
"""So many events that are the same are shown around a difference; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the two columns; a side that has nothing there is empty. `left_out` counts events that are the same on
    both sides and are not shown; `first` marks where the orders part."""

    base: str = ""
    new: str = ""
    left_out: int = 0
    first: bool = False

    @property
    def same(self) -> bool:
        return self.base == self.new


def aligned(base: Sequence[str], new: Sequence[str]) -> tuple[Row, ...]:
    """The rows, from the beginning to the end."""
    rows: list[Row] = []
    parted = False
    steps = SequenceMatcher(None, base, new, autojunk=False).get_opcodes()
    for tag, base_from, base_to, new_from, new_to in steps:
        if tag == "equal":
            rows.extend(_same(base[base_from:base_to], begins=base_from == 0, ends=base_to == len(base)))
            continue
        for row in _beside(base[base_from:base_to], new[new_from:new_to]):
            rows.append(row if parted else Row(base=row.base, new=row.new, first=True))
            parted = True
    return tuple(rows)


def _same(words: Sequence[str], *, begins: bool, ends: bool) -> Iterator[Row]:
    before, after = 0 if begins else BESIDE, 0 if ends else BESIDE
    hidden = len(words) - before - after
    if hidden <= 1:
        yield from (Row(base=word, new=word) for word in words)
        return
    yield from (Row(base=word, new=word) for word in words[:before])
    yield Row(left_out=hidden)
    yield from (Row(base=word, new=word) for word in words[len(words) - after :])


def _beside(base: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    for place in range(max(len(base), len(new))):
        yield Row(
            base=base[place] if place < len(base) else "",
            new=new[place] if place < len(new) else "",
        )
