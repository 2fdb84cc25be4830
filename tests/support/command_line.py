"""`deadair` as a user has it: a program of its own, in a folder of the user's, and what it leaves running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from harness.cli import main

__all__ = [
    "DEADAIR",
    "called",
    "deadair",
    "environment",
    "hears_signals",
    "invoked",
    "left_running",
    "printed",
    "started",
]

ROOT = Path(__file__).parents[2]

DEADAIR = (sys.executable, "-c", "from harness.cli import main; main()")

MARK = "DEADAIR_TEST_MARK"
"""An environment variable that all processes of one call inherit, and by which they are found."""

ENDS_WITHIN_S = 120.0


CHANGES_WORDS = ("CI", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")
"""Environment variables that change how `deadair` prints."""


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's own, without what changes how `deadair` prints, and with the modules of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in CHANGES_WORDS}
    # What is compiled is kept, also where this process was told not to: else every call compiles all of deadair anew, and an
    # environment that uv has made all its libraries, which takes as long as the call.
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""} | dict(more or {})


def deadair(*arguments: str, folder: Path, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it in `folder` until it ends."""
    return subprocess.run(
        [*DEADAIR, *arguments],
        cwd=folder,
        env=environment(more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )


def invoked(*arguments: str | Path, more: Mapping[str, str] | None = None) -> Result:
    """The command in this process, where we are, as in one of its own: it leaves where it was called in the module search
    path."""
    path = list(sys.path)
    variables: dict[str, str | None] = {**dict.fromkeys(CHANGES_WORDS), **(more or {})}
    try:
        return CliRunner().invoke(
            main, [str(one) for one in arguments], prog_name="deadair", catch_exceptions=False, env=variables
        )
    finally:
        sys.path[:] = path


def called(*arguments: str, folder: Path, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The same in this process, where the process is not the subject: what ends before anything is played costs a hundredth,
    and what is played still is so by workers, which are processes of their own."""
    with chdir(folder):
        told = invoked(*arguments, more=more)
    return subprocess.CompletedProcess(arguments, told.exit_code, told.stdout, told.stderr)


@contextmanager
def started(*arguments: str, folder: Path, more: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """It, running in a session of its own, as under a shell; killed at the end if it still runs.

    `left_running(process)` finds the processes that belong to it.
    """
    process = subprocess.Popen(
        [*DEADAIR, *arguments],
        cwd=folder,
        env=environment({MARK: str(folder), **(more or {})}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hears_signals,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


@contextmanager
def printed(
    *command: str,
    until: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stderr: int | None = subprocess.STDOUT,
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of any command, and all that it printed up to the first line with `until`; killed at the end if it still runs."""
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True, bufsize=1, preexec_fn=hears_signals
    )
    try:
        assert process.stdout is not None
        said = ""
        while until not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        yield process, said
    finally:
        process.kill()
        process.communicate(timeout=10)


def hears_signals() -> None:
    """For a new process, as a shell in front of a person starts it: who was started in the background ignores SIGINT, who was
    started under nohup SIGHUP, and so does all that they start."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def left_running(folder: Path) -> dict[int, str]:
    """The processes, by id, that a call in `folder` has started: itself, its workers, its Toxiproxies. Linux only."""
    found = {}
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            if f"{MARK}={folder}".encode() in (place / "environ").read_bytes().split(b"\0"):
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                # A process that is over and not yet waited for has no command line, and holds nothing any more.
                if command:
                    found[int(place.name)] = command
        except OSError:
            continue
    return found
