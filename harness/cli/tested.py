"""Who is tested: the clients of the cases, the one that the command line puts in their place, and on which clock."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import TYPED
from harness.cli.selection import Selection
from harness.clients.named import Way, own_deadair, way_of, way_to, words
from harness.scenario import Case, Place, project_root
from harness.scenario.expand import Draft
from harness.scenario.source import Entry, Listing, Node, Scalar, Table

__all__ = ["clock_of", "draft_with_client", "go_on_where_it_lives", "told_clients", "way_named", "with_client"]


def way_named(name: str) -> Way:
    """Raises NamedWrongly or NotInstalled, with what to do about it."""
    return way_to(name, project=project_root(Path.cwd()))


def go_on_where_it_lives(way: Way) -> None:
    """A known client has an environment of its own, with a deadair in it: this command becomes that one. Returns where there
    is none such, or where nobody has typed a command."""
    program, typed = own_deadair(way), click.get_current_context().meta.get(TYPED)
    if program is not None and typed is not None:
        sys.stdout.flush()
        os.execv(program, [str(program), *typed])


def with_client(selection: Selection, way: Way) -> Selection:
    """The cases of the providers that this client calls, with it in the place of their own.

    Raises:
        click.UsageError: If none is left.
    """
    cases = tuple(
        case.model_copy(update={"client": way.name})
        for case in selection.cases
        if not way.providers or case.provider in way.providers
    )
    if not cases:
        raise click.UsageError(f"'{way.name}' calls {', '.join(way.providers)}, and no case of that is meant.")
    return replace(selection, cases=cases)


def draft_with_client(draft: Draft, client: str | tuple[str, ...]) -> Draft:
    """The same case as a file of its own would have it, with this client: its name, or its command."""
    place = draft.table.place
    named = Entry(key=Scalar(place=place, text="client"), value=_node(client, place))
    others = tuple(entry for entry in draft.table.entries if entry.key.text != "client")
    return replace(draft, table=replace(draft.table, entries=(*others, named)))


def _node(client: str | tuple[str, ...], place: Place) -> Node:
    if isinstance(client, str):
        return Scalar(place=place, text=client)
    command = Listing(place=place, items=tuple(Scalar(place=place, text=word) for word in client))
    return Table(place=place, entries=(Entry(key=Scalar(place=place, text="command"), value=command),))


def clock_of(case: Case) -> str | None:
    """The only clock on which this case can be played; None for either."""
    way = way_of(case)
    return case.clock or (way.clock if way is not None else None)


def told_clients(cases: tuple[Case, ...], clock: str = "real") -> list[str]:
    """How each client of these cases is reached, one line for each; nothing for deadair's own, and for those that a
    scenario names by their factories."""
    ways = {way.name: way for case in cases if (way := way_of(case)) is not None}
    return [words(way, clock) for way in ways.values() if way.name != f"python:{way.python}"]
