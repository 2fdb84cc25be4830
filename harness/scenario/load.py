"""Scenario files and folders become cases; whatever is wrong with them is found in one go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.scenario import document
from harness.scenario.case import read_case
from harness.scenario.errors import LoadError, Mistake, Mistakes, Place, TooMany
from harness.scenario.expand import Draft, drafts, joined
from harness.scenario.files import Project
from harness.scenario.model import Case
from harness.scenario.reading import Reading, Unread
from harness.scenario.source import Listing, Node, Table, parse

__all__ = ["Loaded", "expand", "load"]

INCLUDE_DEPTH_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was read: the cases that could be, and all mistakes."""

    cases: tuple[Case, ...]
    errors: tuple[Mistake, ...]

    def checked(self) -> tuple[Case, ...]:
        """The cases.

        Raises:
            LoadError: If anything was wrong: then nothing is to be run.
        """
        if self.errors:
            raise LoadError(self.errors)
        return self.cases


def load(paths: Iterable[Path], *, root: Path) -> Loaded:
    """Every case in these files, and in the `.yaml` and `.yml` files of these folders.

    Never raises for what is in a file or missing: that is in `errors`.

    Args:
        paths: Files and folders. A folder's files are read in the order of their names; hidden ones are left alone.
        root: The project: ids and messages name files relative to it, and nothing outside it is included.
    """
    _, cases, errors = _read(paths, root)
    return Loaded(cases=cases, errors=errors)


def expand(paths: Iterable[Path], *, root: Path) -> tuple[Draft, ...]:
    """The same cases as they would be written one by one, without defaults, lists of providers and matrix.

    Raises:
        LoadError: If anything is wrong with the files.
    """
    found, _, errors = _read(paths, root)
    if errors:
        raise LoadError(errors)
    return found


def _read(paths: Iterable[Path], root: Path) -> tuple[tuple[Draft, ...], tuple[Case, ...], tuple[Mistake, ...]]:
    mistakes = Mistakes()
    reading = Reading(mistakes=mistakes)
    found: list[Draft] = []
    cases: list[Case] = []
    # Nobody reads more mistakes than are kept; what is behind them waits for the next try.
    with contextlib.suppress(TooMany):
        for file, draft in _Reader(Project(root, reading), reading).drafts(paths):
            found.append(draft)
            if case := read_case(draft, reading, file=file):
                cases.append(case)
    return tuple(found), tuple(cases), mistakes.in_order()


class _Reader:
    """Reads the files of one project, each once."""

    def __init__(self, project: Project, reading: Reading) -> None:
        self._project = project
        self._reading = reading

    def drafts(self, paths: Iterable[Path]) -> Iterator[tuple[str, Draft]]:
        """Each case with the name of its file."""
        paths = [Path(path) for path in paths]
        files = dict.fromkeys(file for path in paths for file in self._project.files(path))
        any_found = False
        for file in files:
            for draft in self._drafts_of(file):
                any_found = True
                yield self._project.shown(file), draft
        if not any_found and not self._reading.mistakes:
            where = Place(path=", ".join(str(path) for path in paths) or ".")
            self._reading.wrong(where, "there is no scenario here")

    def _drafts_of(self, file: Path) -> Iterator[Draft]:
        try:
            root = self._root(file)
            defaults = document.defaults_of(root, self._included(root, (file,)))
        except Unread:
            return
        for scenario in document.scenarios(root, self._reading):
            with contextlib.suppress(Unread):
                name = document.name_of(scenario, self._reading)
                yield from drafts(joined(defaults, scenario), self._reading, scenario=name)

    def _root(self, file: Path) -> Table:
        root, mistakes = parse(self._project.content(file), path=self._project.shown(file))
        self._reading.mistakes.extend(mistakes)
        if root is None:
            raise Unread
        return document.check(root, self._reading)

    def _included(self, root: Table, above: tuple[Path, ...]) -> Table | None:
        """The defaults of the included files, later ones replacing earlier ones. `above` are the files that led here."""
        node = root.get("include")
        if node is None:
            return None
        defaults: Table | None = None
        for item in node.items if isinstance(node, Listing) else (node,):
            found = self._include(item, above)
            defaults = defaults if found is None else joined(defaults, found)
        return defaults

    def _include(self, node: Node, above: tuple[Path, ...]) -> Table | None:
        file = self._project.included(node, by=above[-1])
        if file in above:
            raise self._reading.wrong(node.place, f"'{file.name}' includes itself, at last: it would never end")
        if len(above) >= INCLUDE_DEPTH_MAX:
            raise self._reading.wrong(node.place, f"includes go more than {INCLUDE_DEPTH_MAX} files deep")
        root = self._root(file)
        if document.has_scenarios(root):
            raise self._reading.wrong(
                node.place, f"'{file.name}' has scenarios", "an included file has 'defaults' only"
            )
        return document.defaults_of(root, self._included(root, (*above, file)))
