"""What a client prints that is no event: kept in a file beside its trace, and no more of it than a file should hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

__all__ = ["Log"]

FILE_BYTES_MAX = 1_000_000
LINE_CHARACTERS_MAX = 2_000
LAST_LINES = 5
"""So many of them are quoted where it is told how a client died."""


class Log:
    """Args:
    path: Written anew when there is a first line; None keeps the last lines only.
    clean: Takes out of a line what must not be written, such as keys.
    """

    def __init__(self, path: Path | None = None, clean: Callable[[str], str] = lambda line: line) -> None:
        self._path = path
        self._clean = clean
        self._file: IO[bytes] | None = None
        self._bytes_left = FILE_BYTES_MAX
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    @property
    def last_lines(self) -> str:
        return " | ".join(self._last)

    def add(self, line: bytes) -> None:
        said = self._clean(line.decode("utf-8", "replace").rstrip()[:LINE_CHARACTERS_MAX])
        if said.strip():
            self._last.append(said.strip())
        if self._path is None or self._bytes_left <= 0:
            return
        if self._file is None:
            self._file = self._path.open("wb", buffering=0)
        written = f"{said}\n".encode()
        self._bytes_left -= len(written)
        self._file.write(written if self._bytes_left > 0 else b"[the rest is left out]\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
