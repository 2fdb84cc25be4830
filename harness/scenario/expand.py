"""From what is written to what is run: defaults joined in, one case for each provider and each value of the matrix."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.scenario.catalogue import PROVIDERS
from harness.scenario.errors import Mistake, Place
from harness.scenario.model import ProviderName
from harness.scenario.reading import Reading, Unread, choice, nearest
from harness.scenario.source import Entry, Listing, Node, Scalar, Table

__all__ = ["CASES_MAX", "Draft", "drafts", "joined", "written"]

CASES_MAX = 1_000
"""Cases of one scenario."""

VALUES_MAX = 500_000
"""Values of all cases of one scenario: keeps a small file from growing into hours of reading."""

TEXT_CHARACTERS_MAX = 100_000

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PUT_IN = re.compile(r"\$(\$?)([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One case before it is read: everything put in, nothing understood.

    `chosen` is what sets it apart from the other cases of its scenario, in brackets behind its name.
    """

    place: Place
    scenario: str
    provider: ProviderName | None
    chosen: tuple[tuple[str, str], ...] = ()
    table: Table

    @property
    def name(self) -> str:
        values = ",".join(f"{name}={value}" for name, value in self.chosen)
        return f"{self.scenario}[{values}]" if values else self.scenario


def joined(defaults: Table | None, table: Table) -> Table:
    """A table with the defaults that it does not replace; `expect` is joined key by key."""
    if defaults is None:
        return table
    own = {entry.key.text: entry for entry in table.entries}
    entries = [entry for entry in defaults.entries if entry.key.text not in own]
    for entry in table.entries:
        default = defaults.get(entry.key.text)
        if entry.key.text == "expect" and isinstance(default, Table) and isinstance(entry.value, Table):
            within = {each.key.text for each in entry.value.entries}
            shared = [each for each in default.entries if each.key.text not in within]
            entry = Entry(key=entry.key, value=_table(entry.value, (*shared, *entry.value.entries)))
        entries.append(entry)
    return _table(table, tuple(entries))


def drafts(table: Table, reading: Reading, *, scenario: str) -> list[Draft]:
    """The cases of one scenario, in the order of its providers, then of its matrix with the last name running fastest.

    Raises:
        Unread: If the matrix is none, or too large; the mistake is noted.
    """
    providers: list[ProviderName | None] = [*_providers(table, reading)] or [None]
    matrix, broken = _matrix(table, reading)
    size = math.prod(len(values) for values in matrix.values()) * len(providers)
    if size > CASES_MAX:
        what = f"this scenario has {size:,} cases, and at most {CASES_MAX:,} are read"
        raise reading.wrong(table.place, what, "shorten its matrix")
    found: list[Draft] = []
    used: set[str] = set()
    values_read = 0
    combinations = tuple(itertools.product(*(values.items() for values in matrix.values())))
    for provider, values in itertools.product(providers, combinations):
        chosen = dict(zip(matrix, values, strict=True))
        put = _PutIn({name: node for name, (_, node) in chosen.items()}, broken, reading, used)
        expanded = _table(table, tuple(_of_case(table, provider, put)))
        values_read += expanded.size
        if values_read > VALUES_MAX:
            what = f"the cases of this scenario hold more than {VALUES_MAX:,} values"
            raise reading.wrong(table.place, what, "shorten its matrix")
        called = [("provider", str(provider))] if len(providers) > 1 else []
        said = (*called, *((name, text) for name, (text, _) in chosen.items()))
        found.append(Draft(place=table.place, scenario=scenario, provider=provider, chosen=said, table=expanded))
    _all_used(table, used | broken, reading)
    return found


def written(node: Node) -> str:
    """A value as it is written on one line: for names of cases."""
    match node:
        case Scalar():
            return " ".join(node.text.split())
        case Listing():
            return f"[{', '.join(written(item) for item in node.items)}]"
        case Table():
            pairs = (
                f"{entry.key.text}: {written(entry.value)}" if written(entry.value) else entry.key.text
                for entry in node.entries
            )
            return f"{{{', '.join(pairs)}}}"


def _providers(table: Table, reading: Reading) -> list[ProviderName]:
    """None at all where the field is missing or wrong: the rest of the scenario is read all the same."""
    node = table.get("provider")
    if node is None:
        return []
    if isinstance(node, Listing) and not node.items:
        reading.wrong(node.place, "the list of providers is empty", f"one of {', '.join(PROVIDERS)}")
    found: list[ProviderName] = []
    for item in node.items if isinstance(node, Listing) else (node,):
        try:
            provider: ProviderName = choice(*PROVIDERS)(item, reading)
        except Unread:
            continue
        if provider in found:
            reading.wrong(item.place, f"'{provider}' stands here for the second time")
        else:
            found.append(provider)
    return found


def _matrix(table: Table, reading: Reading) -> tuple[dict[str, dict[str, Node]], frozenset[str]]:
    """Each name with its values, by the text that tells them apart; and the names that could not be read."""
    node = table.get("matrix")
    matrix: dict[str, dict[str, Node]] = {}
    if node is None:
        return matrix, frozenset()
    if not isinstance(node, Table):
        raise reading.wrong(node.place, "a matrix is written as {name: [values]}")
    broken = set()
    for entry in node.entries:
        name = entry.key.text
        try:
            matrix[name] = _matrix_values(entry, reading)
        except Unread:
            broken.add(name)
    return matrix, frozenset(broken)


def _matrix_values(entry: Entry, reading: Reading) -> dict[str, Node]:
    name = entry.key.text
    if not _NAME.fullmatch(name) or name == "provider":
        what = f"'{name}' is no name for a matrix"
        raise reading.wrong(entry.key.place, what, "write lower-case letters, digits and '_'")
    if not isinstance(entry.value, Listing) or not entry.value.items:
        raise reading.wrong(entry.value.place, f"'{name}' needs a list of values", "write it as [ …, … ]")
    values: dict[str, Node] = {}
    for item in entry.value.items:
        text = written(item)
        if text in values:
            reading.wrong(item.place, f"the value '{text}' stands here for the second time")
        values[text] = item
    return values


def _of_case(table: Table, provider: ProviderName | None, put: _PutIn) -> Iterator[Entry]:
    """The entries of one case. The name stays as it is: names with values in them would not find each other again."""
    for entry in table.entries:
        match entry.key.text:
            case "matrix":
                continue
            case "provider" if provider is not None:
                place = entry.value.place
                yield Entry(key=entry.key, value=Scalar(place=place, text=provider))
            case "scenario" | "summary" | "source" | "tags" | "provider":
                yield entry
            case _:
                yield Entry(key=entry.key, value=put.into(entry.value))


@dataclass(slots=True)
class _PutIn:
    """Puts the matrix's values in where `$name` stands: whole values keep their kind, inside a text they are text."""

    values: Mapping[str, Node]
    broken: frozenset[str]
    reading: Reading
    used: set[str]

    def into(self, node: Node) -> Node:
        match node:
            case Listing():
                items = tuple(self.into(item) for item in node.items)
                return replace(node, items=items, size=1 + sum(item.size for item in items))
            case Table():
                return _table(node, tuple(Entry(key=entry.key, value=self.into(entry.value)) for entry in node.entries))
            case _:
                return self._into_text(node)

    def _into_text(self, node: Scalar) -> Node:
        if "$" not in node.text:
            return node
        whole = _PUT_IN.fullmatch(node.text)
        if whole is not None and not whole.group(1):
            return self._value(whole.group(2), node) or node
        most = max((len(value.text) for value in self.values.values() if isinstance(value, Scalar)), default=0)
        if len(node.text) + node.text.count("$") * most > TEXT_CHARACTERS_MAX:
            self.reading.wrong(node.place, f"this text grows beyond {TEXT_CHARACTERS_MAX:,} characters")
            return node
        return replace(node, text=_PUT_IN.sub(lambda found: self._text(found, node), node.text))

    def _text(self, found: re.Match[str], node: Scalar) -> str:
        if found.group(1):
            return f"${found.group(2)}"
        value = self._value(found.group(2), node)
        if value is not None and not isinstance(value, Scalar):
            what = f"'${found.group(2)}' is no text, so it cannot stand inside one"
            self.reading.mistakes.add(Mistake(place=node.place, what=what, final=True))
        return value.text if isinstance(value, Scalar) else found.group()

    def _value(self, name: str, node: Scalar) -> Node | None:
        value = self.values.get(name)
        if name in self.broken:
            self.reading.mistakes.silence(node.place)
        elif value is None:
            hint = nearest(name, self.values).replace("mean '", "mean '$") or "write $$ for a dollar sign"
            what = f"there is no '{name}' in the matrix of this scenario"
            self.reading.mistakes.add(Mistake(place=node.place, what=what, hint=hint, final=True))
        else:
            self.used.add(name)
        return value


def _all_used(table: Table, used: set[str], reading: Reading) -> None:
    node = table.get("matrix")
    if not isinstance(node, Table):
        return
    for entry in node.entries:
        if entry.key.text not in used:
            what = f"'{entry.key.text}' of the matrix is not used: its cases would be the same"
            reading.wrong(entry.key.place, what, f"put ${entry.key.text} somewhere")


def _table(like: Table, entries: tuple[Entry, ...]) -> Table:
    return replace(like, entries=entries, size=1 + sum(1 + entry.value.size for entry in entries))
