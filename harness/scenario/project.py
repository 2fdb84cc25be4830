"""Where a project begins: the folder that ids and messages name files from, and that no include leaves."""

from __future__ import annotations

from pathlib import Path

__all__ = ["project_root"]

_MARKS = ("pyproject.toml", ".git", "package.json")


def project_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that looks like a project; `start` itself where none does."""
    start = start.resolve()
    return next(
        (folder for folder in (start, *start.parents) if any((folder / mark).exists() for mark in _MARKS)), start
    )
