"""A process that ends a client's processes when the harness has died and cannot do so itself.

    python keeper.py MARK

Its standard input is a pipe that only the harness holds, and says which process group to end. When the pipe closes, that
group, and all that has `MARK` in its environment, is killed; unless `done` came before. A script of its own, which
imports nothing of deadair, so that it starts fast.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "DEADAIR_RUN"
"""The environment variable by which all processes of one client are found, also those that have left its group."""


def main(mark: str) -> None:
    group: int | None = None
    for line in sys.stdin:
        if line.strip() == "done":
            return
        group = int(line)
    if group is not None:
        kill(group, mark)


def kill(group: int, mark: str) -> None:
    """Kill the group, and all that bears the mark wherever it has gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for process in marked(mark):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def marked(mark: str) -> Iterator[int]:
    """The processes that have the mark in their environment and are not over; only Linux can tell, elsewhere there are none."""
    processes = Path("/proc")
    if not processes.is_dir():
        return
    bearing = f"{VARIABLE}={mark}".encode()
    for place in processes.iterdir():
        if not place.name.isdigit():
            continue
        with suppress(OSError):
            # Of a process that is over and not yet waited for, this is empty.
            if bearing in (place / "environ").read_bytes().split(b"\0"):
                yield int(place.name)


if __name__ == "__main__":
    main(sys.argv[1])
