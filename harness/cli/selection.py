"""Which cases a command line means: files, folders, `file.yaml::case`, words in the name, providers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

import scenarios
from harness.scenario import Case, LoadError, load, project_root

__all__ = ["Selection", "select"]

PACK = Path(scenarios.__file__).resolve().parent
"""The scenarios that come with deadair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The cases that are meant, in the order of their files, and the folder that their ids begin from."""

    cases: tuple[Case, ...]
    root: Path


def select(paths: Iterable[str], *, text: str = "", providers: Iterable[str] = ()) -> Selection:
    """The cases that `paths` name; all of the pack if they name none.

    Raises:
        LoadError: If a file has a mistake: then nothing is to be run.
        click.UsageError: If a case that is named is not there, or none is left.
    """
    named = [_split(path) for path in paths]
    root = project_root(Path.cwd())
    if not named or not all(_find(file, root).is_relative_to(root) for file, _ in named):
        root = PACK.parent
    meant = [(_find(file, root), name) for file, name in named] or [(PACK, "")]
    loaded = load([place for place, _ in meant], root=root)
    if loaded.errors:
        raise LoadError(loaded.errors)
    for place, name in meant:
        inside = [case for case in loaded.cases if (root / _file(case)).is_relative_to(place)]
        if name and not any(_is_called(case, name) for case in inside):
            raise click.UsageError(_no_such_case(name, inside))
    only = tuple(providers)
    cases = [
        case
        for case in loaded.cases
        if any(_is_meant(case, place, name, root) for place, name in meant)
        and text.lower() in case.id.lower()
        and (not only or case.provider in only)
    ]
    if not cases:
        raise click.UsageError(_nothing_left(loaded.cases, text))
    return Selection(cases=tuple(cases), root=root)


def _split(path: str) -> tuple[str, str]:
    file, _, name = path.partition("::")
    return file, name


def _find(file: str, root: Path) -> Path:
    """Names in ids begin from the project, or from where the pack is installed; people name files from where they are."""
    for candidate in (Path.cwd() / file, root / file, PACK.parent / file):
        if candidate.exists():
            return candidate.resolve()
    return (Path.cwd() / file).resolve()


def _file(case: Case) -> str:
    return case.id.partition("::")[0]


def _is_meant(case: Case, place: Path, name: str, root: Path) -> bool:
    return (root / _file(case)).is_relative_to(place) and (not name or _is_called(case, name))


def _is_called(case: Case, name: str) -> bool:
    """By its whole name, or by its scenario's, which stands for all its cases."""
    return name in (case.id.partition("::")[2], case.scenario)


def _no_such_case(name: str, inside: list[Case]) -> str:
    near = difflib.get_close_matches(name, [case.id.partition("::")[2] for case in inside], n=1, cutoff=0.4)
    return f"There is no case '{name}'." + (f" Did you mean '{near[0]}'?" if near else "")


def _nothing_left(cases: tuple[Case, ...], text: str) -> str:
    return f"None of the {len(cases)} cases is meant" + (f": none has '{text}' in its name." if text else ".")
