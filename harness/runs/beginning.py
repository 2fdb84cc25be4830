"""The beginning of a run's folder: what it is called, and the scenario as it is played."""

from __future__ import annotations

import re
from pathlib import Path

from harness.runs.errors import RunError

__all__ = ["begin_folder", "folder_name"]

NAME_CHARACTERS_MAX = 80


def folder_name(number: int, case_id: str) -> str:
    """`0007-a-short-call`: in the order of playing, and readable."""
    slug = re.sub(r"[^a-z0-9]+", "-", case_id.partition("::")[2].lower()).strip("-")
    return f"{number:04d}-{slug[:NAME_CHARACTERS_MAX]}"


def begin_folder(place: Path, scenario: str, *, option: str) -> None:
    """Make it, with its scenario.yaml.

    Raises:
        RunError: If that cannot be done; it names the `option` by which the user chooses another place.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / "scenario.yaml").write_text(scenario, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"{place}: the run folder cannot be written: {error.strerror}. Name another with {option}."
        ) from error
