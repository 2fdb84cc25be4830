"""The git repository: which commit a name means, and a checkout of it that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.revisions.errors import RevisionError

__all__ = ["Repository", "short"]

GIT_WITHIN_S = 300.0
"""A checkout of a large repository on a busy machine; whatever takes longer waits for something that does not come."""

SHORT_CHARACTERS = 10

GIT = ("git", "-c", "core.hooksPath=/dev/null")
"""A checkout would run the user's own post-checkout hook, which is not meant for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The repository whose working tree is at `top`."""

    top: Path

    @classmethod
    def around(cls, place: Path) -> Repository | None:
        """The one that `place` is in, if it is in one.

        Raises:
            RevisionError: If git does not say: it is not installed, or does not trust the owner of the files.
        """
        try:
            return cls(top=Path(_git(place, "rev-parse", "--show-toplevel").strip()).resolve())
        except RevisionError as error:
            if "not a git repository" in str(error):
                return None
            raise

    def commit(self, name: str) -> str | None:
        """The commit that a branch, tag, id or expression such as `HEAD~1` means; None if it means none."""
        if not name or "\0" in name:
            return None
        try:
            return _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip()
        except RevisionError:
            return None

    @contextmanager
    def checkout(self, commit: str) -> Iterator[Path]:
        """A folder with what `commit` has, as a worktree of the repository, until the block is left, however it is left.

        Raises:
            RevisionError: If git cannot make it.
        """
        home = Path(tempfile.mkdtemp(prefix="deadair-revision-"))
        # Called like the repository, since the name of a folder may be part of what is played.
        place = home / (self.top.name or "tree")
        try:
            _git(self.top, "worktree", "add", "--detach", "--quiet", str(place), commit)
            yield place.resolve()
        finally:
            try:
                _git(self.top, "worktree", "remove", "--force", str(place))
            except RevisionError:
                pass  # it was never made, or only half: what is left of it goes now
            shutil.rmtree(home, ignore_errors=True)
            _git(self.top, "worktree", "prune")


def short(commit: str) -> str:
    """As much of a commit's id as people read."""
    return commit[:SHORT_CHARACTERS]


def _git(place: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            [*GIT, "-C", str(place), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_WITHIN_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise RevisionError("there is no 'git' on this machine, and a revision needs it") from None
    except OSError as error:
        raise RevisionError(f"'git {words[0]}' could not be called: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise RevisionError(f"'git {words[0]}' was not over after {GIT_WITHIN_S:g} s") from None
    if done.returncode:
        raise RevisionError(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="surrogateescape")
