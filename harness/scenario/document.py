"""A scenario file as a whole: its version, the defaults of its scenarios, and the scenarios themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from harness.scenario.case import FIELDS
from harness.scenario.expand import joined
from harness.scenario.expect import FIELDS as EXPECT_FIELDS
from harness.scenario.reading import Reading, Unread, word
from harness.scenario.source import Listing, Node, Scalar, Table

__all__ = ["check", "defaults_of", "has_scenarios", "name_of", "scenarios"]

VERSION = "1"

_OF_SEVERAL = ("deadair", "include", "defaults", "scenarios")
_OF_ONE = ("deadair", "include", *FIELDS)
_OF_DEFAULTS = tuple(name for name in FIELDS if name not in ("scenario", "summary", "source"))


def check(root: Node, reading: Reading) -> Table:
    """The file's fields, as far as they are those of a file.

    Raises:
        Unread: If it has none at all. Other mistakes are noted, and no reason to leave its scenarios unread.
    """
    if not isinstance(root, Table):
        raise reading.wrong(root.place, "a scenario file is written as fields", "it begins with 'deadair: 1'")
    _check_version(root, reading)
    one = root.get("scenario") is not None and root.get("scenarios") is None
    takes, thing = (_OF_ONE, "a scenario") if one else (_OF_SEVERAL, "a file of several scenarios")
    with contextlib.suppress(Unread):
        reading.fields(root, thing=thing, takes=takes, see="A file")
    if not one and (defaults := root.get("defaults")) is not None:
        _check_defaults(defaults, reading)
    return root


def has_scenarios(root: Table) -> bool:
    return root.get("scenarios") is not None or root.get("scenario") is not None


def defaults_of(root: Table, included: Table | None) -> Table | None:
    """The file's defaults, joined with those that it includes. What is no field of a scenario is left out."""
    own = root.get("defaults")
    if not isinstance(own, Table):
        return included
    entries = tuple(entry for entry in own.entries if entry.key.text in _OF_DEFAULTS)
    return joined(included, replace(own, entries=entries))


def scenarios(root: Table, reading: Reading) -> Iterator[Table]:
    """The scenarios of a file, without the defaults; none in a file that is there to be included."""
    listed = root.get("scenarios")
    if listed is not None:
        yield from _listed(listed, reading)
    elif root.get("scenario") is not None:
        entries = tuple(entry for entry in root.entries if entry.key.text in FIELDS)
        place = next(entry.key.place for entry in entries if entry.key.text == "scenario")
        yield Table(place=place, entries=entries, flow=root.flow, size=root.size)
    elif root.get("defaults") is None:
        reading.wrong(root.place, "the file has no scenario", "it needs 'scenario:' or 'scenarios:'")


def name_of(scenario: Table, reading: Reading) -> str:
    """The scenario's name.

    Raises:
        Unread: If it has none that can stand in an id; the mistake is noted.
    """
    node = scenario.get("scenario")
    if node is None:
        raise reading.wrong(scenario.place, "a scenario needs a name", "it begins with 'scenario: …'")
    name = word(node, reading)
    if "[" in name or "]" in name or "::" in name:
        raise reading.wrong(node.place, "a name has no '[', ']' or '::': ids of cases are made with them")
    return name


def _listed(node: Node, reading: Reading) -> Iterator[Table]:
    if not isinstance(node, Listing) or not node.items:
        reading.wrong(node.place, "'scenarios' is a list of scenarios", "each begins with '- scenario: …'")
        return
    seen: set[str] = set()
    for item in node.items:
        if not isinstance(item, Table):
            reading.wrong(item.place, "a scenario is written as fields", "it begins with '- scenario: …'")
            continue
        name = item.get("scenario")
        if isinstance(name, Scalar):
            if name.text in seen:
                what = f"the name '{name.text}' stands in this file for the second time"
                reading.wrong(name.place, what, "each scenario has its own")
            seen.add(name.text)
        yield item


def _check_version(root: Table, reading: Reading) -> None:
    entry = next((entry for entry in root.entries if entry.key.text == "deadair"), None)
    if entry is None:
        reading.wrong(root.place, "the file does not say its format", "its first line is 'deadair: 1'")
    elif not isinstance(entry.value, Scalar) or entry.value.text != VERSION:
        reading.wrong(entry.value.place, "this format is not known", "this deadair reads 'deadair: 1'")
    elif root.entries[0] is not entry:
        reading.wrong(entry.key.place, "'deadair: 1' is the first line of a file", "move it up")


def _check_defaults(node: Node, reading: Reading) -> None:
    """Names only: what a default's value means may depend on the scenario that takes it."""
    with contextlib.suppress(Unread):
        reading.fields(node, thing="'defaults'", takes=_OF_DEFAULTS, see="Several scenarios in a file")
        expect = node.get("expect") if isinstance(node, Table) else None
        if expect is not None:
            reading.fields(expect, thing="'expect'", takes=EXPECT_FIELDS, see="What must hold")
