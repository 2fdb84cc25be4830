"""A tree: the files of one version, and how `deadair run` is called so that it plays them and no others."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Tree"]

OURS = Path(__file__).parents[2]
"""Where this very deadair is."""

HARNESS = ("-P", "-c", "from harness.cli import main; main()")
"""`-P`: a folder of the user's that happens to be called `harness` is none of ours."""

OF_THE_PIPELINE = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "CI")
"""A run that is part of a comparison tells the pipeline nothing by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One version.

    Attributes:
        name: What people call it.
        label: What its runs are called on disk.
        top: Its files.
        inside: Where in it the user stands.
        of: The top of the user's own working tree, whose places on the path of Python this version has its own of.
    """

    name: str
    label: str
    top: Path
    inside: Path
    of: Path

    @property
    def folder(self) -> Path:
        return self.top / self.inside

    def there(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of `paths` (`file`, `folder` or `file::case`, from where the user stands) whose file this version has."""
        return tuple(path for path in map(self._own, paths) if self._is_there(path.partition("::")[0]))

    def command(self, *words: str) -> tuple[str, ...]:
        """The command line of `deadair` with these words."""
        return (sys.executable, *HARNESS, *words)

    def environment(self) -> Mapping[str, str]:
        """The environment for it."""
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_PIPELINE}
        others = os.environ.get("PYTHONPATH")
        return kept | {"PYTHONPATH": os.pathsep.join([*self._places(), *([others] if others else [])])}

    @property
    def is_deadair(self) -> bool:
        """Whether these are the files of deadair itself, which then plays itself."""
        try:
            about = tomllib.loads((self.top / "pyproject.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return (self.top / "harness" / "cli").is_dir() and about.get("project", {}).get("name") == "deadair"

    def _places(self) -> Iterator[str]:
        """Where Python looks for modules first: a project that is installed from the working tree would otherwise bring
        the code that is there now into every version."""
        for entry in sys.path:
            place = Path(entry or ".").resolve()
            if place.is_relative_to(self.of) and "site-packages" not in place.parts:
                own = self.top / place.relative_to(self.of)
                if own.is_dir() and own != self.top:
                    yield str(own)
        if (self.top / "src").is_dir():
            yield str(self.top / "src")
        yield str(self.top if self.is_deadair else OURS)

    def _own(self, path: str) -> str:
        """A path into the user's own tree, as one into this."""
        file, colons, case = path.partition("::")
        place = Path(file)
        if place.is_absolute() and place.is_relative_to(self.of):
            file = str(self.top / place.relative_to(self.of))
        return file + colons + case

    def _is_there(self, file: str) -> bool:
        """People name files from where they are, from the project, or from the pack that comes with deadair."""
        pack = self.top if self.is_deadair else OURS
        return any((home / file).exists() for home in (self.folder, self.top, pack))
