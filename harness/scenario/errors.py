"""What is wrong with scenario files: every mistake with its place, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import DeadairError

__all__ = ["LoadError", "Mistake", "Mistakes", "Place", "TooMany"]

SHOWN_CHARACTERS = 110
"""How much of a line is shown; more than this is cut around the caret."""

SHOWN_MISTAKES = 50
"""How many mistakes of one load are printed; the rest are counted."""

KEPT_MISTAKES = 1_000
"""With so many a file is no scenario file, and reading ends."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, and those that turn the direction of writing: neither may reach a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file. Lines and columns count from 1; `text` is the whole line."""

    path: str
    line: int = 1
    column: int = 1
    width: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: where, what is wrong, what to do about it (`hint`), and what is taken there (`takes`).

    What else is said about the place of a `final` mistake would only follow from it, and is not kept.
    """

    place: Place
    what: str
    hint: str = ""
    takes: str = ""
    final: bool = False

    def render(self) -> str:
        """The mistake as a person reads it: the place, what is wrong, the line with a caret, what is taken there."""
        lines = [f"{self.place}: {_printable(self.what)}"]
        if self.place.text.strip():
            text, column = _cut(_printable(self.place.text), self.place.column)
            number = f"{self.place.line:>5} | "
            lines.append(number + text)
            carets = "^" * max(1, min(self.place.width, len(text) - column + 1))
            lines.append(f"{' ' * (len(number) - 2)}| {' ' * (column - 1)}{carets} {_printable(self.hint)}".rstrip())
        elif self.hint:
            lines.append(f"  {_printable(self.hint)}")
        if self.takes:
            lines.append(f"  {_printable(self.takes)}")
        return "\n".join(lines)


class TooMany(Exception):
    """More mistakes than anybody will read; looking for the rest would only take time. Never leaves the package."""


class Mistakes:
    """Mistakes as they are found. A mistake in a shared part is met once for each case, and kept once.

    `add` raises `TooMany` after `KEPT_MISTAKES`.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str], Mistake] = {}
        self._final: set[tuple[str, int, int]] = set()

    def __len__(self) -> int:
        return len(self._found)

    def add(self, mistake: Mistake) -> None:
        place = mistake.place
        where = (place.path, place.line, place.column)
        if where not in self._final or mistake.final:
            self._found.setdefault((*where, mistake.what), mistake)
        if mistake.final:
            self.silence(place)
        if len(self) >= KEPT_MISTAKES:
            raise TooMany

    def silence(self, place: Place) -> None:
        """Whatever is said about this place from now on follows from a mistake elsewhere."""
        self._final.add((place.path, place.line, place.column))

    def extend(self, mistakes: Iterable[Mistake]) -> None:
        for mistake in mistakes:
            self.add(mistake)

    def in_order(self) -> tuple[Mistake, ...]:
        """All of them: by file in the order in which files were read, and by place within a file."""
        files = {path: number for number, path in enumerate(dict.fromkeys(key[0] for key in self._found))}
        return tuple(
            sorted(
                self._found.values(),
                key=lambda mistake: (files[mistake.place.path], mistake.place.line, mistake.place.column),
            )
        )


class LoadError(DeadairError):
    """Scenario files that cannot be run as they are; `mistakes` says all that is wrong with them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(self.render())

    def render(self) -> str:
        shown = [mistake.render() for mistake in self.mistakes[:SHOWN_MISTAKES]]
        hidden = len(self.mistakes) - len(shown)
        if hidden:
            shown.append(f"… and {hidden} more")
        return "\n\n".join(shown)


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " ").replace("\n", " "))


def _cut(text: str, column: int) -> tuple[str, int]:
    """The part of a line around a column, and the column within that part."""
    text = text.rstrip()
    if len(text) <= SHOWN_CHARACTERS:
        return text, column
    start = max(0, min(column - 1 - SHOWN_CHARACTERS // 3, len(text) - SHOWN_CHARACTERS))
    before, after = "…" if start else "", "…" if start + SHOWN_CHARACTERS < len(text) else ""
    return before + text[start : start + SHOWN_CHARACTERS] + after, column - start + len(before)
