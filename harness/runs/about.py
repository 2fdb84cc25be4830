"""about.json: what a run folder says of itself; enough to play it again, and to say what is different by then."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from harness.runs.errors import RunError

__all__ = ["ABOUT", "About", "Entry", "about_here", "read_about", "write_about"]

ABOUT = "about.json"
VERSION = 1
ABOUT_BYTES_MAX = 64 * 1024 * 1024
"""A run has some 300 bytes in it; more than this nobody has played."""

LIBRARIES = ("faker", "h11", "httpx", "pydantic", "pyyaml", "toxiproxy-python", "trustme", "websockets")
"""Whose versions can change what is played, or how it is judged."""

_ABSOLUTE = re.compile(r"^(~|/|\\|[A-Za-z]:)")


def _plain(name: str) -> str:
    if name in ("", ".", "..") or re.search(r"[/\\\x00]", name):
        raise ValueError(f"{name!r} is no name of a folder beside it")
    return name


class Entry(BaseModel):
    """One run of one case; `folder` is its place in the run folder, and `case` the id of the case."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    folder: Annotated[str, AfterValidator(_plain)]
    case: str
    scenario: str
    place: str
    seed: int
    clock: Literal["real", "virtual"]


class About(BaseModel):
    """What was played, where and how. It has no host, no user, and no path that leads out of the project.

    Attributes:
        deadair: The version that played.
        libraries: Their versions, by name.
        platform: Operating system and kind of processor.
        proxy: `embedded`, or `toxiproxy` where the real one was used for what it can play.
        client: What the command line put in the place of the scenarios' own clients; "" for nothing.
        selection: The command line, as far as it chose what to play.
        began: When, as ISO 8601 in UTC; "" where it is not known.
        runs: In the order in which they were planned. One that was interrupted has no trace.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    deadair_run: Literal[1] = 1
    deadair: str
    python: str
    libraries: Mapping[str, str]
    platform: str
    proxy: Literal["embedded", "toxiproxy"]
    client: str = ""
    selection: tuple[str, ...] = ()
    began: str = ""
    runs: tuple[Entry, ...]

    @property
    def clocks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.clock for entry in self.runs))


def about_here(
    *,
    runs: Iterable[Entry],
    proxy: Literal["embedded", "toxiproxy"],
    client: str = "",
    selection: Iterable[str] = (),
    began: str = "",
) -> About:
    """What is to be said of runs that this deadair plays on this machine. Of absolute paths in `selection` and `client`
    only the last part is kept."""
    return About(
        deadair=importlib.metadata.version("deadair"),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries=dict(_versions()),
        platform=f"{platform.system()} {platform.machine()}",
        proxy=proxy,
        client=_portable(client),
        selection=tuple(_portable(word) for word in selection),
        began=began,
        runs=tuple(runs),
    )


def write_about(place: Path, about: About) -> None:
    """Write about.json into a run folder, which is made if it is missing. Raises RunError if that cannot be done."""
    text = json.dumps(about.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / ABOUT).write_bytes(text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise RunError(
            f"{place}: the run folder cannot be written: {error.strerror}. Name another with --out."
        ) from error


def read_about(place: Path) -> About:
    """Raises RunError if there is none, or it is broken or of another version."""
    path = place / ABOUT
    try:
        if path.stat().st_size > ABOUT_BYTES_MAX:
            raise RunError(f"{path}: this file has more than {ABOUT_BYTES_MAX >> 20} MiB, none of ours is so long")
        told = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise RunError(f"{path}: this run folder does not say what it is: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: this is no JSON: {str(error)[:200]}. Was it changed by hand?") from error
    version = told.get("deadair_run") if isinstance(told, dict) else None
    if type(version) is not int or version != VERSION:
        raise RunError(
            f"{path}: this run folder has version {str(version)[:40]}; this deadair reads version {VERSION}. "
            "Take the deadair that played it, or judge its traces: deadair judge …/trace.jsonl"
        )
    try:
        return About.model_validate_json(json.dumps(told))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{path}: '{where[:200]}' is wrong: {first['msg'][:200]}. Was it changed by hand?") from error


def _versions() -> Iterable[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue


def _portable(word: str) -> str:
    file, colons, case = word.partition("::")
    return (Path(file).name if _ABSOLUTE.match(file) else file) + colons + case
