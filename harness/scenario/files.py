"""The files of one project: which there are, what they are called, and what is in them.

Nothing here leads out of the project unasked: a link found in a folder, or an include, that points elsewhere is a mistake.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from harness.scenario.errors import Place
from harness.scenario.reading import Reading, word
from harness.scenario.source import BYTES_MAX, Node

__all__ = ["Project"]

SUFFIXES = (".yaml", ".yml")


class Project:
    """A folder, and the files in it. Mistakes are noted in `reading`.

    Files are given with all links resolved, so that one file is never taken for two.
    """

    def __init__(self, root: Path, reading: Reading) -> None:
        self._root = _resolved(root)
        self._reading = reading

    def shown(self, file: Path) -> str:
        """A file's name in ids and messages: relative to the project, or whole if it is not in it."""
        return (file.relative_to(self._root) if file.is_relative_to(self._root) else file).as_posix()

    def files(self, path: Path) -> Iterator[Path]:
        """The file itself, or the scenario files of a folder in the order of their names; hidden ones are left alone."""
        if not path.is_dir():
            yield _resolved(path)
            return
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.endswith(SUFFIXES) or name.startswith("."):
                    continue
                found = _resolved(Path(folder, name))
                if found.is_relative_to(_resolved(path)):
                    yield found
                else:
                    place = Place(path=self.shown(Path(os.path.abspath(Path(folder, name)))))
                    self._reading.wrong(place, "this link leads out of the project")

    def included(self, node: Node, *, by: Path) -> Path:
        """The file that an include names, relative to the file that has it.

        Raises:
            Unread: If it is none, or is not in the project; the mistake is noted.
        """
        name = word(node, self._reading)
        target = _resolved(by.parent / name)
        project = self._root if by.is_relative_to(self._root) else by.parent
        if Path(name).is_absolute() or not target.is_relative_to(project):
            raise self._reading.wrong(node.place, f"'{name}' leads out of the project", "include files of this project")
        if not name.endswith(SUFFIXES):
            raise self._reading.wrong(node.place, f"'{name}' is no scenario file", "its name ends in .yaml")
        if not target.is_file():
            raise self._reading.wrong(node.place, f"there is no file '{name}'", "the path is relative to this file")
        return target

    def content(self, file: Path) -> bytes:
        """What is in a file, one byte more than is allowed at most.

        Raises:
            Unread: If it cannot be read; the mistake is noted.
        """
        place = Place(path=self.shown(file))
        try:
            with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
                # A named pipe would never end.
                if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                    raise self._reading.wrong(place, "this is no file")
                return opened.read(BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self._reading.wrong(place, f"the file cannot be read: {reason}") from None


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))
