"""Run folders that came as a .zip or a .tar.gz, from anywhere: unpacked, and never a byte beside where they belong."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from harness.runs.about import ABOUT
from harness.runs.errors import RunError

__all__ = ["is_archive", "unpack"]

UNPACKED_BYTES_MAX = 2_000_000_000
"""A run of the whole pack takes some 100 MB."""

UNPACKED_FILES_MAX = 50_000
_PIECE_BYTES = 1024 * 1024

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises for archives that are cut off, altered, locked, or packed in a way it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    name: str
    content: IO[bytes]


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith((".zip", ".tar.gz", ".tgz", ".tar"))


def unpack(path: Path, into: Path, *, bytes_max: int = UNPACKED_BYTES_MAX, files_max: int = UNPACKED_FILES_MAX) -> Path:
    """Unpack a run folder into an empty folder; gives where its about.json is: at the top, or in a folder there.

    Raises:
        RunError: If it cannot be read, has links or paths that lead elsewhere, is far too big, or holds no run folder.
    """
    written_bytes = 0
    try:
        for number, member in enumerate(_members(path)):
            if number >= files_max:
                raise RunError(f"{path}: this archive has more than {files_max} files, no run folder has so many")
            for piece in _written(member, _inside(into, member.name, path)):
                written_bytes += piece
                if written_bytes > bytes_max:
                    raise RunError(f"{path}: unpacked, this archive has more than {bytes_max // 1_000_000} MB")
    except OSError as error:
        raise RunError(f"{path}: this archive cannot be unpacked: {error.strerror or error}") from error
    except _BROKEN as error:
        raise RunError(f"{path}: this archive is broken: {str(error)[:200]}. Pack the run folder again.") from error
    for place in (into, *sorted(folder for folder in into.iterdir() if folder.is_dir())):
        if (place / ABOUT).is_file():
            return place
    raise RunError(f"{path}: there is no {ABOUT} in this archive. Pack a run folder, as 'deadair run' leaves it.")


def _members(path: Path) -> Iterator[_Member]:
    """The regular files; folders come with what is in them. Raises RunError at anything else."""
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                if entry.is_dir():
                    continue
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if kind not in (0, stat.S_IFREG):
                    raise _not_a_file(path, entry.filename)
                with packed.open(entry) as content:
                    yield _Member(name=entry.filename, content=content)
        return
    with tarfile.open(path, mode="r:*") as tar:
        for found in tar:
            if found.isdir():
                continue
            file = tar.extractfile(found) if found.isfile() else None
            if file is None:
                raise _not_a_file(path, found.name)
            with file:
                yield _Member(name=found.name, content=file)


def _not_a_file(path: Path, name: str) -> RunError:
    return RunError(f"{path}: {name[:200]!r} in this archive is a link or a device; a run folder has files only")


def _inside(into: Path, name: str, path: Path) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or any(c in name for c in "\\\0") or ":" in parts[0]:
        raise RunError(f"{path}: {name[:200]!r} in this archive leads out of it; nothing of it is used")
    return into.joinpath(*parts)


def _written(member: _Member, target: Path) -> Iterator[int]:
    """Write the file piece by piece; tells how long each will be before it does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        while piece := member.content.read(_PIECE_BYTES):
            yield len(piece)
            out.write(piece)
