"""How nodes become values: each reader takes a node and gives a value, or notes what is wrong and goes on elsewhere.

A reader is any function `(node, reading) -> value`. What cannot be read is noted in `reading.mistakes` and ends that
reader with `Unread`; the fields beside it are still read, so that one load finds everything.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from harness.scenario.errors import Mistake, Mistakes, Place
from harness.scenario.model import ProviderName
from harness.scenario.quantities import NoQuantity
from harness.scenario.source import Entry, Listing, Node, Scalar, Table

__all__ = [
    "Fields", "Reader", "Reading", "Unread", "boolean", "choice", "closest", "decimal", "each", "free", "nearest", "quantity",
    "text", "whole", "word",
]  # fmt: skip

T = TypeVar("T")
D = TypeVar("D")

SEE = "See scenarios/README.md"

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


class Unread(Exception):
    """Something could not be read, and its mistake has been noted. Never leaves the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What every reader of one case needs to know.

    `provider` is None where the file names none that exists; then what any provider has is let through.
    """

    mistakes: Mistakes
    provider: ProviderName | None = None
    fault_ids: tuple[str, ...] = ()

    def wrong(self, place: Place, what: str, hint: str = "", takes: str = "") -> Unread:
        """Note a mistake: `raise reading.wrong(…)`."""
        self.mistakes.add(Mistake(place=place, what=what, hint=hint, takes=takes))
        return Unread()

    def fields(self, node: Node, *, thing: str, takes: Sequence[str], see: str = "") -> Fields:
        return Fields(self, node, thing=thing, takes=takes, see=see)


Reader = Callable[[Node, Reading], T]


class Fields:
    """The fields of one table: hands out those that are asked for, notes the unknown ones.

    A field that could not be read is given as None all the same; call `check` before any of them is used.

    Args:
        thing: What the table is, as a sentence begins: "a fault".
        takes: The names of its fields.
        see: The heading of scenarios/README.md that tells more.
    """

    def __init__(self, reading: Reading, node: Node, *, thing: str, takes: Sequence[str], see: str = "") -> None:
        self.reading = reading
        self.place = node.place
        self.thing = thing
        self._takes = takes
        self._see = f' {SEE}, "{see}".' if see else ""
        self._unread = False
        self._meant: set[str] = set()
        self.entries: dict[str, Entry] = {}
        if not isinstance(node, Table):
            raise reading.wrong(
                node.place, f"{thing} is written as fields, not as {_shape(node)}", takes=self.takes_said()
            )
        written = {entry.key.text for entry in node.entries}
        missing = [known for known in takes if known not in written]
        for entry in node.entries:
            name = entry.key.text
            if name in takes:
                self.entries[name] = entry
            else:
                self._note_unknown(entry.key, missing)

    def takes_said(self) -> str:
        return f"{self.thing[:1].upper()}{self.thing[1:]} takes: {', '.join(self._takes)}.{self._see}"

    def has(self, name: str) -> bool:
        return name in self.entries

    def place_of(self, name: str) -> Place:
        return self.entries[name].key.place

    def note(self, place: Place, what: str, hint: str = "", takes: str = "") -> None:
        """Note a mistake of the whole table; `check` then raises."""
        self._unread = True
        self.reading.mistakes.add(Mistake(place=place, what=what, hint=hint, takes=takes))

    def _note_unknown(self, key: Scalar, missing: Sequence[str]) -> None:
        meant = closest(key.text, missing)
        if meant is not None:
            self._meant.add(meant)
        self.note(key.place, f"{self.thing} has no field '{key.text}'", nearest(key.text, missing), self.takes_said())

    def need(self, name: str, read: Reader[T], *, hint: str = "") -> T:
        if name in self._meant:
            # It is there, misspelt, and that has been said.
            self._unread = True
            return cast(T, None)
        if name not in self.entries:
            self.note(self.place, f"{self.thing} needs '{name}'", hint, "" if hint else self.takes_said())
            return cast(T, None)
        return self.get(name, read, cast(T, None))

    def get(self, name: str, read: Reader[T], default: D) -> T | D:
        """The field's value, or `default` where the table does not have it."""
        entry = self.entries.get(name)
        if entry is None:
            return default
        if isinstance(entry.value, Scalar) and entry.value.plain and not entry.value.text:
            self.note(entry.key.place, f"'{name}' has no value", "write one, or leave the field out")
            return default
        try:
            return read(entry.value, self.reading)
        except Unread:
            self._unread = True
            return default

    def one_of(self, *names: str) -> None:
        """Note it where none of these fields is there, or more than one."""
        there = [name for name in names if name in self.entries]
        if not there:
            self.note(self.place, f"{self.thing} needs one of: {', '.join(names)}", takes=self.takes_said())
        elif len(there) > 1:
            what = f"{self.thing} has '{there[0]}' and '{there[1]}'"
            self.note(self.place_of(there[1]), what, "take one of them out")

    def check(self) -> None:
        """Raises Unread if any mistake has been met in this table."""
        if self._unread:
            raise Unread


# ── readers of single values ─────────────────────────────────────────────────


def text(node: Node, reading: Reading) -> str:
    if not isinstance(node, Scalar):
        raise reading.wrong(node.place, f"a text belongs here, not {_shape(node)}")
    return node.text


def word(node: Node, reading: Reading) -> str:
    """A text that is not empty and has one line."""
    said = text(node, reading).strip()
    if not said or "\n" in said:
        raise reading.wrong(node.place, "a text of one line belongs here")
    return said


def boolean(node: Node, reading: Reading) -> bool:
    if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
        return node.text == "true"
    raise reading.wrong(node.place, f"{_said(node)} is neither true nor false", "write true or false")


def whole(least: int, most: int) -> Reader[int]:
    """A reader of whole numbers from `least` to `most`."""

    def read(node: Node, reading: Reading) -> int:
        if not isinstance(node, Scalar) or not _INTEGER.fullmatch(node.text):
            raise reading.wrong(node.place, f"{_said(node)} is no whole number", f"write one from {least} to {most}")
        if not least <= int(node.text) <= most:
            raise reading.wrong(node.place, f"{node.text} is not from {least} to {most}")
        return int(node.text)

    return read


def decimal(least: float) -> Reader[float]:
    """A reader of numbers from `least` on, which may have a fraction."""

    def read(node: Node, reading: Reading) -> float:
        if not isinstance(node, Scalar) or not _DECIMAL.fullmatch(node.text):
            raise reading.wrong(node.place, f"{_said(node)} is no number", "write it like 90 or 0.5")
        if float(node.text) < least:
            raise reading.wrong(node.place, f"{node.text} is less than {least:g}")
        return float(node.text)

    return read


def choice(*options: str) -> Reader[Any]:
    """A reader of one word out of a few."""

    def read(node: Node, reading: Reading) -> str:
        if isinstance(node, Scalar) and node.text in options:
            return node.text
        hint = nearest(node.text, options) if isinstance(node, Scalar) else ""
        raise reading.wrong(node.place, f"{_said(node)} is none of: {', '.join(options)}", hint)

    return read


def quantity(parse: Callable[[str], T]) -> Reader[T]:
    """A reader of one of the `quantities`."""

    def read(node: Node, reading: Reading) -> T:
        if not isinstance(node, Scalar):
            raise reading.wrong(node.place, f"a number with its unit belongs here, not {_shape(node)}")
        try:
            return parse(node.text)
        except NoQuantity as error:
            raise reading.wrong(node.place, error.what, error.advice) from None

    return read


def each(read: Reader[T], *, of: str) -> Reader[tuple[T, ...]]:
    """A reader of lists, all of whose items `read` reads; `of` names them in the plural."""

    def read_all(node: Node, reading: Reading) -> tuple[T, ...]:
        if not isinstance(node, Listing):
            raise reading.wrong(node.place, f"a list of {of} belongs here, not {_shape(node)}", "write it as [ … ]")
        values: list[T] = []
        unread = False
        for item in node.items:
            try:
                values.append(read(item, reading))
            except Unread:
                unread = True
        if unread:
            raise Unread
        return tuple(values)

    return read_all


def free(node: Node, reading: Reading) -> Any:
    """Any JSON value. Unquoted, `true`, `false`, `null` and JSON's numbers are what they look like; `010` stays text."""
    match node:
        case Table():
            return {entry.key.text: free(entry.value, reading) for entry in node.entries}
        case Listing():
            return [free(item, reading) for item in node.items]
        case Scalar(plain=False):
            return node.text
        case Scalar(text="true" | "false"):
            return node.text == "true"
        case Scalar(text="null"):
            return None
        case Scalar(text=""):
            raise reading.wrong(node.place, "a value is missing here", 'write it, or null, or ""')
        case _ if _INTEGER.fullmatch(node.text):
            return int(node.text)
        case _ if _DECIMAL.fullmatch(node.text):
            return float(node.text)
        case _:
            return node.text


def closest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word which `name` was perhaps meant to be."""
    by_lower = {each.lower(): each for each in known}
    # Long texts are no misspelt words, and comparing them takes long.
    close = difflib.get_close_matches(name[:80].lower(), by_lower, 1, cutoff)
    return by_lower[close[0]] if close else None


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The hint that goes with `closest`, or nothing."""
    meant = closest(name, known, cutoff=cutoff)
    return f"did you mean '{meant}'?" if meant is not None else ""


def _shape(node: Node) -> str:
    match node:
        case Listing():
            return "a list"
        case Table():
            return "fields"
        case Scalar(text=""):
            return "nothing"
        case _:
            return f"'{_short(node.text)}'"


def _said(node: Node) -> str:
    return f"'{_short(node.text)}'" if isinstance(node, Scalar) else _shape(node)


def _short(said: str) -> str:
    return said if len(said) <= 60 else said[:59] + "…"
