"""What a test gives to be played: a file, one case of a file, the text of a scenario, or its values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import DeadairError
from harness.pytest_plugin.values import written
from harness.scenario import Case, load

__all__ = ["Given", "Scenario", "given"]

Scenario = str | Path | Mapping[str, Any]

NAMES_SHOWN_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The case that is meant, and where its id begins."""

    case: Case
    root: Path


def given(scenario: Scenario, *, beside: Path, project: Path, into: Path) -> Given:
    """The one case that is given.

    Args:
        scenario: A file's name, `file::case`, a text of more than one line, or a mapping, which may leave out `deadair: 1`.
        beside: Where a file is looked for first, then in the `project`.
        into: Takes a text, or values, as a file.

    Raises:
        LoadError: If there is a mistake in it.
        DeadairError: If there is no such case, or there are several.
    """
    name = ""
    if isinstance(scenario, Mapping):
        file, root = _as_file(written({"deadair": 1, **scenario}), into), into
    elif isinstance(scenario, str) and "\n" in scenario:
        file, root = _as_file(scenario.encode("utf-8", errors="backslashreplace"), into), into
    else:
        path, _, name = str(scenario).partition("::")
        file = _found(path, beside, project)
        root = project if file.is_relative_to(project) else file.parent
    cases = load([file], root=root).checked()
    return Given(case=_meant(cases, name), root=root)


def _as_file(content: bytes, into: Path) -> Path:
    file = into / "given.scenario.yaml"
    file.write_bytes(content)
    return file


def _found(path: str, beside: Path, project: Path) -> Path:
    try:
        places = ((beside / path).resolve(), (project / path).resolve())
    except (OSError, ValueError) as error:
        raise DeadairError(f"{path!r} is no name of a file: {error}") from None
    file = next((place for place in places if place.is_file()), places[0])
    if file.is_dir():
        raise DeadairError(f"{file}: this is a folder, and one case is played at a time: name it, as 'file::case'.")
    return file


def _meant(cases: tuple[Case, ...], name: str) -> Case:
    meant = [case for case in cases if name in ("", _name(case), case.scenario)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise DeadairError(
            f"these are {len(meant)} cases, and one is played at a time: name one, as 'file::case'. {_list(meant)}"
        )
    near = difflib.get_close_matches(name, [_name(case) for case in cases], n=1, cutoff=0.4)
    raise DeadairError(f"there is no case '{name}'. " + (f"Did you mean '{near[0]}'?" if near else _list(cases)))


def _name(case: Case) -> str:
    return case.id.partition("::")[2]


def _list(cases: list[Case] | tuple[Case, ...]) -> str:
    names = ", ".join(f"'{_name(case)}'" for case in cases[:NAMES_SHOWN_MAX])
    more = f" and {len(cases) - NAMES_SHOWN_MAX} more" if len(cases) > NAMES_SHOWN_MAX else ""
    return f"There are {names}{more}."
