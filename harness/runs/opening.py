"""Finding a run folder by what people call it: a path, an archive, a bare name, `latest`."""

from __future__ import annotations

import atexit
import difflib
import os
import shutil
import tempfile
from pathlib import Path

from harness.runs.about import ABOUT, read_about
from harness.runs.archive import is_archive, unpack
from harness.runs.errors import RunError
from harness.runs.run import Run

__all__ = ["RUNS_FOLDER", "open_run"]

RUNS_FOLDER = Path(".deadair/runs")
"""Where `deadair run` leaves its folders, from where the user is."""

LATEST = "latest"


def open_run(name: str | Path) -> Run:
    """The run folder of this name.

    Args:
        name: A folder; a .zip or .tar.gz of one, which is unpacked for as long as this process lives; the name of one
            below `.deadair/runs`; or `latest`, the last of those.

    Raises:
        RunError: If there is none, or it is broken; the message says which there are, or what to do.
    """
    place = _found(str(name))
    is_archived = place.is_file()
    if is_archived:
        place = _unpacked(place)
    if not (place / ABOUT).exists():
        raise RunError(_no_run_folder(place))
    return Run.at(place, read_about(place), is_unpacked=is_archived)


def _found(name: str) -> Path:
    if name == LATEST:
        return _latest()
    # Path.is_file() raises where os.path.isfile() says no: for names that no file can have.
    for candidate in (Path(name), RUNS_FOLDER / name):
        if name and (os.path.isdir(candidate) or (os.path.isfile(candidate) and is_archive(candidate))):
            return candidate
    if os.path.isfile(name):
        raise RunError(f"{name}: this is neither a run folder nor an archive (.zip, .tar.gz) of one")
    raise RunError(f"there is no run '{name[:200]}'. {_what_there_is(name)}")


def _latest() -> Path:
    """Folders are called by the time at which they began, so the last by name is the last."""
    kept = _kept()
    if not kept:
        raise RunError(f"there is no run below {RUNS_FOLDER} yet: 'deadair run' leaves one")
    return RUNS_FOLDER / kept[-1]


def _kept() -> list[str]:
    return sorted(about.parent.name for about in RUNS_FOLDER.glob(f"*/{ABOUT}"))


def _what_there_is(name: str) -> str:
    kept = _kept()
    if near := difflib.get_close_matches(name, kept, n=1):
        return f"Did you mean '{near[0]}'?"
    if kept:
        return f"The last one is '{kept[-1]}'; '{LATEST}' means it, too."
    return "Name a run folder, an archive of one, or play something first: deadair run"


def _no_run_folder(place: Path) -> str:
    if (place.parent / ABOUT).is_file():
        return f"{place}: this is one run of a run folder: write '{place.parent}::{place.name}'"
    if any(place.glob("*/trace.jsonl")):
        return f"{place}: this run folder has no {ABOUT}; an older deadair made it. Judge it: deadair judge {place}/*/trace.jsonl"
    return f"{place}: this is no run folder: it has no {ABOUT}. 'deadair run' leaves one and says where."


def _unpacked(archive: Path) -> Path:
    into = Path(tempfile.mkdtemp(prefix="deadair-run-"))
    atexit.register(shutil.rmtree, into, ignore_errors=True)
    return unpack(archive, into)
