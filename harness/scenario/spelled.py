"""Cases spelled out: a scenario file again, with nothing left to defaults, lists of providers, or a matrix.

Loading what is written here gives the same cases under longer names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from harness.scenario.expand import Draft
from harness.scenario.faults import fault_ids
from harness.scenario.source import Entry, Listing, Node, Scalar, Table

__all__ = ["spelled_out"]

_PLACEHOLDER = re.compile(r"\$(?=[a-z])")


class _Dumper(
    yaml.emitter.Emitter, yaml.serializer.Serializer, yaml.representer.BaseRepresenter, yaml.resolver.BaseResolver
):
    """A dumper that knows no types: what stood without quotes stands without quotes again."""

    def __init__(self, stream: Any, **options: Any) -> None:
        yaml.emitter.Emitter.__init__(self, stream, width=options["width"], allow_unicode=True)
        yaml.serializer.Serializer.__init__(self)
        yaml.representer.BaseRepresenter.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)


def spelled_out(drafts: Iterable[Draft]) -> str:
    """The text of a scenario file with one scenario for each of these cases, in their order."""
    taken: set[str] = set()
    items = [_case(draft, taken) for draft in drafts]
    root = _mapping([("deadair", _text("1")), ("scenarios", yaml.SequenceNode(_SEQ, items, flow_style=False))])
    written: str = yaml.serialize(root, Dumper=_Dumper, width=110)
    return written


_STR = "tag:yaml.org,2002:str"
_SEQ = "tag:yaml.org,2002:seq"
_MAP = "tag:yaml.org,2002:map"


def _case(draft: Draft, taken: set[str]) -> yaml.Node:
    name = _name(draft)
    numbered = (name if number == 1 else f"{name} {number}" for number in itertools.count(1))
    free = next(each for each in numbered if each not in taken)
    taken.add(free)
    pairs = [("scenario", _text(free))]
    for entry in draft.table.entries:
        if entry.key.text not in ("scenario", "deadair"):
            value = _with_ids(entry.value) if entry.key.text == "faults" else entry.value
            pairs.append((entry.key.text, _node(value)))
    return _mapping(pairs)


def _name(draft: Draft) -> str:
    """The name with what was chosen, in round brackets: square ones are kept for ids."""
    if not draft.chosen:
        return draft.scenario
    chosen = ", ".join(f"{name}={value}" for name, value in draft.chosen)
    return f"{draft.scenario} ({chosen})".replace("[", "(").replace("]", ")").replace("::", ":")


def _with_ids(faults: Node) -> Node:
    """Each fault with the id that names its events."""
    if not isinstance(faults, Listing):
        return faults
    return replace(faults, items=tuple(_with_id(faults)))


def _with_id(faults: Listing) -> Iterator[Node]:
    for fault, id in zip(faults.items, fault_ids(faults), strict=True):
        if isinstance(fault, Table) and fault.get("id") is None:
            key, value = Scalar(place=fault.place, text="id"), Scalar(place=fault.place, text=id)
            yield replace(fault, entries=(Entry(key=key, value=value), *fault.entries))
        else:
            yield fault


def _node(node: Node) -> yaml.Node:
    match node:
        case Scalar():
            # A dollar sign that was meant as one must not be taken for a name of the matrix when this is read.
            return _text(_PLACEHOLDER.sub("$$", node.text), plain=node.plain)
        case Listing():
            return yaml.SequenceNode(_SEQ, [_node(item) for item in node.items], flow_style=node.flow)
        case Table(entries=(Entry(key=key, value=Scalar(text="", plain=True)),)):
            # `{quota}` and `{wire.ready}` say no more than the word alone, and an empty value would be written as ''.
            return _text(key.text)
        case Table():
            pairs = [(entry.key.text, _node(entry.value)) for entry in node.entries]
            return _mapping(pairs, flow=node.flow)


def _mapping(pairs: list[tuple[str, yaml.Node]], *, flow: bool = False) -> yaml.Node:
    return yaml.MappingNode(_MAP, [(_text(key), value) for key, value in pairs], flow_style=flow)


def _text(text: str, *, plain: bool = True) -> yaml.Node:
    style = None if plain else ("|" if "\n" in text else '"')
    return yaml.ScalarNode(_STR, text, style=style)
