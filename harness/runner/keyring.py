"""The keys of one run: one that is handed over as a text, and those that are fetched, which can be rotated."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["API_KEY", "Keyring"]

API_KEY = "sk-deadair-0123456789abcdef"
"""What every client is given as its key. The mocks take any key but `invalid`; it is redacted like a real one."""


class Keyring:
    """Key 0 is a text that never changes. Whoever asks for the key of the moment is given key 1, and the next one each time
    that it is rotated: so it shows which of the two a client uses, and how old what it shows is.

    `file` is there, with the key of the moment in it, from `written` to `remove`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.file: Path | None = None
        self._fetched = 1

    def fetch(self) -> str:
        """The key of the moment."""
        return self._value(self._fetched)

    def number(self, key: str) -> int | None:
        """Which one this is; None if it is none of ours."""
        return next((n for n in range(self._fetched + 1) if self._value(n) == key), None)

    def rotate(self) -> tuple[str, ...]:
        """Go on to the next key. Gives those that are not good any more."""
        expired = tuple(self._value(number) for number in range(self._fetched + 1))
        self._fetched += 1
        if self.file is not None:
            self._write(self.file)
        return expired

    def written(self) -> Path:
        """A new file with the key of the moment, whenever it is read."""
        number, name = tempfile.mkstemp(prefix="deadair-key-")
        os.close(number)
        self.file = Path(name)
        self._write(self.file)
        return self.file

    def remove(self) -> None:
        if self.file is not None:
            self.file.unlink(missing_ok=True)

    def _value(self, number: int) -> str:
        return f"{self.text}-{number}" if number else self.text

    def _write(self, path: Path) -> None:
        # In one step: somebody may be reading.
        beside = path.with_suffix(".next")
        beside.touch(mode=0o600)
        beside.write_text(self.fetch(), encoding="ascii")
        beside.replace(path)
