"""Scenario files and folders become cases; whatever is wrong with them is found in one go."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.scenario.case import FIELDS, read_case
from harness.scenario.errors import LoadError, Mistake, Mistakes, Place, TooMany
from harness.scenario.expand import Draft, drafts, joined
from harness.scenario.expect import FIELDS as EXPECT_FIELDS
from harness.scenario.model import Case
from harness.scenario.reading import Reading, Unread, word
from harness.scenario.source import BYTES_MAX, Listing, Node, Scalar, Table, parse

__all__ = ["Loaded", "expand", "load"]

VERSION = "1"
SUFFIXES = (".yaml", ".yml")
INCLUDE_DEPTH_MAX = 8

_OF_THE_FILE = ("deadair", "include", "defaults", "scenarios")
_OF_DEFAULTS = tuple(name for name in FIELDS if name not in ("scenario", "summary", "source"))


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
    loader = _Loader(root)
    cases = []
    # Nobody reads more than so many mistakes; what is behind them waits for the next try.
    with contextlib.suppress(TooMany):
        for file, draft in loader.drafts(paths):
            if case := read_case(draft, loader.reading, file=file):
                cases.append(case)
    return Loaded(cases=tuple(cases), errors=loader.mistakes.in_order())


def expand(paths: Iterable[Path], *, root: Path) -> tuple[Draft, ...]:
    """The same cases as they would be written one by one, without defaults, lists of providers and matrix.

    Raises:
        LoadError: If anything is wrong with the files.
    """
    loader = _Loader(root)
    found = []
    with contextlib.suppress(TooMany):
        for file, draft in loader.drafts(paths):
            read_case(draft, loader.reading, file=file)
            found.append(draft)
    if len(loader.mistakes):
        raise LoadError(loader.mistakes.in_order())
    return tuple(found)


class _Loader:
    """Reads files of one project, each once."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self.mistakes = Mistakes()
        self.reading = Reading(mistakes=self.mistakes)

    def drafts(self, paths: Iterable[Path]) -> Iterator[tuple[str, Draft]]:
        """Each case with the name of its file."""
        seen: set[Path] = set()
        any_found = False
        names = []
        for path in paths:
            names.append(str(path))
            for file in self._files(Path(path)):
                real = Path(os.path.realpath(file))
                if real in seen:
                    continue
                seen.add(real)
                for draft in self._of_file(real):
                    any_found = True
                    yield self._shown(real), draft
        if not any_found and not len(self.mistakes):
            where = Place(path=", ".join(names) or ".")
            self.mistakes.add(Mistake(place=where, what="there is no scenario here"))

    def _files(self, path: Path) -> Iterator[Path]:
        if not path.is_dir():
            yield path
            return
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.endswith(SUFFIXES) and not name.startswith("."):
                    found = Path(folder, name)
                    if self._inside(Path(os.path.realpath(found)), Path(os.path.realpath(path))):
                        yield found
                    else:
                        place = Place(path=self._shown(Path(os.path.abspath(found))))
                        self.mistakes.add(Mistake(place=place, what="this link leads out of the project"))

    def _of_file(self, file: Path) -> Iterator[Draft]:
        try:
            table = self._table(file)
            defaults = self._included(table, file, (file,))
        except Unread:
            return
        for scenario in self._scenarios(table):
            yield from self._drafts_of(scenario, _with_own(defaults, table))

    def _table(self, file: Path) -> Table:
        """The file's fields, those of the file itself checked."""
        shown = self._shown(file)
        root, mistakes = parse(self._bytes(file, shown), path=shown)
        self.mistakes.extend(mistakes)
        if root is None:
            raise Unread
        takes = ("deadair", "include", "defaults", "scenarios", *FIELDS)
        if not isinstance(root, Table):
            raise self.reading.wrong(root.place, "a scenario file is written as fields", "it begins with 'deadair: 1'")
        self._check_version(root)
        several = root.get("scenarios") is not None or root.get("scenario") is None
        known = _OF_THE_FILE if several else tuple(name for name in takes if name not in ("scenarios", "defaults"))
        thing = "a file of several scenarios" if several else "a scenario"
        try:
            self.reading.fields(root, thing=thing, takes=known, see="A file").check()
        except Unread:
            # A misspelt field of a file is no reason to leave its scenarios unread.
            pass
        self._check_defaults(root.get("defaults"))
        return root

    def _check_version(self, root: Table) -> None:
        version = root.get("deadair")
        if version is None:
            self.reading.wrong(root.place, "the file does not say its format", "its first line is 'deadair: 1'")
        elif not isinstance(version, Scalar) or version.text != VERSION:
            self.reading.wrong(version.place, "this format is not known", "this deadair reads 'deadair: 1'")
        elif root.entries[0].key.text != "deadair":
            place = next(entry.key.place for entry in root.entries if entry.key.text == "deadair")
            self.reading.wrong(place, "'deadair: 1' is the first line of a file", "move it up")

    def _check_defaults(self, node: Node | None) -> None:
        """Names only: what a default's value means may depend on the scenario that takes it."""
        if node is None:
            return
        try:
            self.reading.fields(node, thing="'defaults'", takes=_OF_DEFAULTS, see="Several scenarios in a file").check()
            must = node.get("expect") if isinstance(node, Table) else None
            if must is not None:
                self.reading.fields(must, thing="'expect'", takes=EXPECT_FIELDS, see="What must hold").check()
        except Unread:
            pass

    def _scenarios(self, root: Table) -> Iterator[Table]:
        """The scenarios of a file, as tables; none in one that is there to be included."""
        node = root.get("scenarios")
        if node is None:
            if root.get("scenario") is not None:
                own = tuple(entry for entry in root.entries if entry.key.text in FIELDS)
                place = next(entry.key.place for entry in own if entry.key.text == "scenario")
                yield Table(place=place, entries=own, flow=root.flow, size=root.size)
            elif root.get("defaults") is None:
                self.reading.wrong(root.place, "the file has no scenario", "it needs 'scenario:' or 'scenarios:'")
            return
        if not isinstance(node, Listing) or not node.items:
            self.reading.wrong(node.place, "'scenarios' is a list of scenarios", "each begins with '- scenario: …'")
            return
        seen: set[str] = set()
        for item in node.items:
            if not isinstance(item, Table):
                self.reading.wrong(item.place, "a scenario is written as fields", "it begins with '- scenario: …'")
                continue
            name = item.get("scenario")
            if isinstance(name, Scalar) and name.text in seen:
                what = f"the name '{name.text}' stands in this file for the second time"
                self.reading.wrong(name.place, what, "each scenario has its own")
            seen.add(name.text if isinstance(name, Scalar) else "")
            yield item

    def _drafts_of(self, table: Table, defaults: Table | None) -> list[Draft]:
        try:
            name = self._name(table)
            return drafts(joined(defaults, table), self.reading, scenario=name)
        except Unread:
            return []

    def _name(self, table: Table) -> str:
        node = table.get("scenario")
        if node is None:
            raise self.reading.wrong(table.place, "a scenario needs a name", "it begins with 'scenario: …'")
        name = word(node, self.reading)
        if "[" in name or "]" in name or "::" in name:
            raise self.reading.wrong(node.place, "a name has no '[', ']' or '::': ids of cases are made with them")
        return name

    # ── files ────────────────────────────────────────────────────────────────

    def _included(self, table: Table, file: Path, above: tuple[Path, ...]) -> Table | None:
        """The defaults of the included files, later ones replacing earlier ones."""
        node = table.get("include")
        if node is None:
            return None
        defaults: Table | None = None
        for item in node.items if isinstance(node, Listing) else (node,):
            found = self._include(item, file, above)
            if found is not None:
                defaults = joined(defaults, found)
        return defaults

    def _include(self, node: Node, file: Path, above: tuple[Path, ...]) -> Table | None:
        name = word(node, self.reading)
        target = Path(os.path.realpath(file.parent / name))
        project = self._root if self._inside(file, self._root) else file.parent
        if Path(name).is_absolute() or not self._inside(target, project):
            raise self.reading.wrong(node.place, f"'{name}' leads out of the project", "include files of this project")
        if not name.endswith(SUFFIXES):
            raise self.reading.wrong(node.place, f"'{name}' is no scenario file", "its name ends in .yaml")
        if target in above:
            raise self.reading.wrong(node.place, f"'{name}' includes itself, at last: it would never end")
        if len(above) >= INCLUDE_DEPTH_MAX:
            raise self.reading.wrong(node.place, f"includes go more than {INCLUDE_DEPTH_MAX} files deep")
        if not target.is_file():
            raise self.reading.wrong(node.place, f"there is no file '{name}'", "the path is relative to this file")
        table = self._table(target)
        if table.get("scenarios") is not None or table.get("scenario") is not None:
            raise self.reading.wrong(node.place, f"'{name}' has scenarios", "an included file has 'defaults' only")
        defaults = self._included(table, target, (*above, target))
        return _with_own(defaults, table)

    def _bytes(self, file: Path, shown: str) -> bytes:
        place = Place(path=shown)
        try:
            with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
                # A named pipe would never end.
                if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                    raise self.reading.wrong(place, "this is no file")
                return opened.read(BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self.reading.wrong(place, f"the file cannot be read: {reason}") from None

    def _shown(self, file: Path) -> str:
        return file.relative_to(self._root).as_posix() if self._inside(file, self._root) else file.as_posix()

    @staticmethod
    def _inside(path: Path, folder: Path) -> bool:
        return path.is_relative_to(folder)


def _with_own(defaults: Table | None, table: Table) -> Table | None:
    """Included defaults with those of the file itself; what is no field of a scenario has been noted, and is left out."""
    own = table.get("defaults")
    if not isinstance(own, Table):
        return defaults
    entries = tuple(entry for entry in own.entries if entry.key.text in _OF_DEFAULTS)
    return joined(defaults, replace(own, entries=entries))
