"""YAML with places: a file's text becomes nodes that know where they stand.

YAML's own guesses are off. A scalar stays the text that was written until a field reads it, so that `010`, `1:30`, `on`
and `NO` mean what they say; what is left of YAML is its shape. Nothing here can run code, loop, or grow without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from harness.scenario.errors import Mistake, Mistakes, Place, TooMany

__all__ = ["Entry", "Listing", "Node", "Scalar", "Table", "parse"]

BYTES_MAX = 1024 * 1024
DEPTH_MAX = 32
NODES_MAX = 20_000
"""Values in one file, aliases counted as often as they are used."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_NOT_TEXT = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r" *\t")
_BARE_COMPARATOR = re.compile(r"(?:^|[\s:,\[{])(>=?|<=?)\s*[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A text. `plain` if it stood there without quotes, so that a field may read it as a number or a boolean."""

    place: Place
    text: str
    plain: bool = True
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list. `size` counts the values in it, itself included; `flow` if it was written in brackets."""

    place: Place
    items: tuple[Node, ...]
    flow: bool = False
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A mapping; keys are texts, and no key comes twice."""

    place: Place
    entries: tuple[Entry, ...]
    flow: bool = False
    size: int = 1

    def get(self, name: str) -> Node | None:
        return next((entry.value for entry in self.entries if entry.key.text == name), None)


Node = Scalar | Listing | Table


def parse(data: bytes, *, path: str) -> tuple[Node | None, tuple[Mistake, ...]]:
    """The file's one document, and what is wrong with its YAML; None where nothing could be read.

    Args:
        data: The file, UTF-8, at most `BYTES_MAX` bytes.
        path: How messages name the file.
    """
    mistakes = Mistakes()
    try:
        text = _decoded(data, path)
        return _Composer(text, path, mistakes).document(), mistakes.in_order()
    except _Stop as stop:
        return None, (*mistakes.in_order(), stop.mistake)
    except TooMany:
        return None, mistakes.in_order()


class _Stop(Exception):
    """A mistake behind which nothing can be read."""

    def __init__(self, place: Place, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.mistake = Mistake(place=place, what=what, hint=hint)


def _decoded(data: bytes, path: str) -> str:
    if len(data) > BYTES_MAX:
        raise _Stop(Place(path=path), "the file is larger than 1 MiB", "split it: each file of a folder is read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        lines = _LINE_BREAK.split(before)
        place = Place(path=path, line=len(lines), column=len(lines[-1]) + 1)
        raise _Stop(place, "the file is not UTF-8 text", "save it as UTF-8") from None
    bad = _NOT_TEXT.search(text)
    if bad is not None:
        lines = _LINE_BREAK.split(text[: bad.start()])
        place = Place(path=path, line=len(lines), column=len(lines[-1]) + 1)
        raise _Stop(place, f"the character U+{ord(bad.group()):04X} is no text", "is this a scenario file?")
    return text


class _Composer:
    """Builds nodes from the parser's events. PyYAML's own composer would resolve tags and expand aliases unseen."""

    def __init__(self, text: str, path: str, mistakes: Mistakes) -> None:
        self._text = text
        self._path = path
        self._lines = _LINE_BREAK.split(text)
        self._mistakes = mistakes
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0

    def document(self) -> Node:
        for number, line in enumerate(self._lines, 1):
            if tab := _TAB_INDENT.match(line):
                place = Place(path=self._path, line=number, column=tab.end(), text=line)
                raise _Stop(place, "the line is indented with a tab", "indent with spaces")
        try:
            return self._document(yaml.parse(self._text, Loader=_LOADER))
        except yaml.MarkedYAMLError as error:
            raise self._not_yaml(error) from None
        except yaml.YAMLError as error:
            raise _Stop(Place(path=self._path), f"the file is not YAML: {error}") from None

    def _document(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        for event in events:
            if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    what = "a second document begins here: a scenario file is one document"
                    raise _Stop(self._place(event), what, "several scenarios go under 'scenarios:'")
                continue
            root = self._node(event, events, depth=1)
        if root is None:
            raise _Stop(Place(path=self._path), "the file is empty", "a scenario file begins with 'deadair: 1'")
        return root

    def _node(self, event: Any, events: Iterator[Any], *, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, place)
        if depth > DEPTH_MAX:
            raise _Stop(place, f"values are nested more than {DEPTH_MAX} deep")
        self._count(1, place)
        if event.tag is not None:
            hint = "write the value without its tag"
            self._mistakes.add(Mistake(place=place, what="tags are not read", hint=hint, final=True))
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(place=place, text=event.value, plain=bool(event.implicit[0]))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._listing(event, events, place, depth)
        else:
            node = self._table(event, events, place, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _listing(self, start: Any, events: Iterator[Any], place: Place, depth: int) -> Listing:
        items: list[Node] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, depth=depth + 1))
        size = 1 + sum(item.size for item in items)
        return Listing(place=place, items=tuple(items), flow=bool(start.flow_style), size=size)

    def _table(self, start: Any, events: Iterator[Any], place: Place, depth: int) -> Table:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth=depth + 1)
            value = self._node(next(events), events, depth=depth + 1)
            if not isinstance(key, Scalar):
                self._mistakes.add(Mistake(place=key.place, what="a key is a word here, not a list or a mapping"))
            elif key.text == "<<" and key.plain:
                what = "merge keys are not read"
                self._mistakes.add(Mistake(place=key.place, what=what, hint="'defaults:' shares values"))
            elif key.text in entries:
                first = entries[key.text].key.place.line
                what = f"the key '{key.text}' stands here for the second time; the first is in line {first}"
                self._mistakes.add(Mistake(place=key.place, what=what, hint="take one of them out"))
            else:
                entries[key.text] = Entry(key=key, value=value)
        size = 1 + sum(1 + entry.value.size for entry in entries.values())
        return Table(place=place, entries=tuple(entries.values()), flow=bool(start.flow_style), size=size)

    def _alias(self, event: Any, place: Place) -> Node:
        if event.anchor not in self._anchors:
            what = f"there is no anchor '&{event.anchor}' above this line"
            self._mistakes.add(Mistake(place=place, what=what, final=True))
            return Scalar(place=place, text="", plain=False)
        node = self._anchors[event.anchor]
        if node is None:
            raise _Stop(place, f"the anchor '&{event.anchor}' contains itself: it would never end")
        self._count(node.size, place)
        return node

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > NODES_MAX:
            raise _Stop(place, f"the file holds more than {NODES_MAX:,} values, counting what its aliases repeat")

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        text = self._lines[start.line] if start.line < len(self._lines) else ""
        ends_at = end.column if end.line == start.line else len(text.rstrip())
        width = max(1, ends_at - start.column)
        return Place(path=self._path, line=start.line + 1, column=start.column + 1, width=width, text=text)

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> _Stop:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return _Stop(Place(path=self._path), f"the file is not YAML: {error.problem}")
        # A parser that ran off the end points behind the last line; the reader is better served by that line.
        line = min(mark.line, len(self._lines) - 1)
        text = self._lines[line]
        place = Place(path=self._path, line=line + 1, column=min(mark.column, len(text)) + 1, text=text)
        hint = ""
        if bare := _BARE_COMPARATOR.search(text):
            hint = f"a value that begins with '{bare.group(1)}' needs quotes"
        return _Stop(place, f"the file is not YAML: {error.problem}", hint)
