"""Plays one row of the matrix: makes its environment, lets the SDK do all it can, counts, and tells what came of it."""

from __future__ import annotations

import importlib.util
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.clients.installing import NotInstallable
from tests.sdk.count import Count, read_count
from tests.sdk.environments import ROOT, Environment, Row, made, neutral
from tests.sdk.outcomes import Outcome, read_line
from tests.sdk.witness import Transport

__all__ = ["Told", "Wish", "play_row", "repeat"]

ROW_S = 300.0
COUNT_S = 120.0
LAST_WORDS = 2_000
SECOND_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What of a row is to be played; everything, if nothing is said."""

    only: tuple[str, ...] = ()
    """Capabilities of these names, or whose names begin so."""
    transports: tuple[Transport, ...] = ()
    api: str | None = None
    beside: int = 10
    """How many capabilities at once."""
    count: bool = True
    row_s: float = ROW_S
    """How long the whole row may take."""
    module: str | None = None
    """Where the capabilities are, if not in `tests.sdk.<vendor>_python`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a row. `not_run` says why it was not played; `broken`, why it came to no end of its own."""

    row: Row
    version: str
    python: Path | None = None
    outcomes: tuple[Outcome, ...] = ()
    count: Count | None = None
    not_run: str = ""
    broken: tuple[str, ...] = ()
    only_alone: tuple[Outcome, ...] = ()
    """What was red among others, and green when it was played again by itself: as it was when it was red."""
    took_s: float = 0.0

    @property
    def red(self) -> tuple[Outcome, ...]:
        return tuple(each for each in self.outcomes if each.result == "red")

    @property
    def is_green(self) -> bool:
        """Nothing failed; what was not run has not failed."""
        return not self.red and not self.broken and (self.count is None or self.count.is_whole)


def play_row(row: Row, wish: Wish | None = None, *, make: Callable[[Row], Environment] = made) -> Told:
    """Never raises for what the row does: a row that cannot be played is told as such, and so is one that breaks."""
    wish = wish or Wish()
    began_s = time.monotonic()
    try:
        environment = make(row)
    except NotInstallable as error:
        return Told(row=row, version=row.version, not_run=str(error))
    broken: list[str] = []
    outcomes = _played(_command(row, environment, wish), wish, broken)
    outcomes, only_alone = _again_alone(row, environment, wish, outcomes)
    if not outcomes and not broken and not wish.only:
        broken.append("no capability was played")
    count = _counted(row, environment, broken) if wish.count and row.runtime == "python" else None
    return Told(
        row=row,
        version=environment.version,
        python=environment.python if row.runtime == "python" else None,
        outcomes=outcomes,
        count=count,
        broken=tuple(broken),
        only_alone=only_alone,
        took_s=round(time.monotonic() - began_s, 1),
    )


def repeat(told: Told, outcome: Outcome) -> str:
    """The command that plays this one again, by itself, and shows everything."""
    environment = Environment(folder=_folder(told), version=told.version)
    wish = Wish(only=(outcome.capability,), transports=(outcome.transport,), api=outcome.api)
    command = [*_command(told.row, environment, wish, again=True)]
    return f"PYTHONPATH=. {shlex.join(_shortened(part) for part in command)}"


def _folder(told: Told) -> Path:
    if told.python is not None:
        return told.python.parents[1]
    return made(told.row).folder


def _shortened(part: str) -> str:
    path = Path(part)
    return str(path.relative_to(ROOT)) if path.is_absolute() and path.is_relative_to(ROOT) else part


def _command(row: Row, environment: Environment, wish: Wish, *, again: bool = False) -> list[str]:
    many = [
        *(part for each in wish.only for part in ("--only", each)),
        *(part for each in wish.transports for part in ("--transport", each)),
        *(part for name, value in row.settings.items() for part in ("--set", f"{name}={value}")),
        *([] if again else ["--beside", str(wish.beside)]),
    ]
    if row.runtime == "node":
        return [sys.executable, "-m", "tests.sdk.node", row.vendor, "--folder", str(environment.folder), *many]
    return [
        str(environment.python), "-m", "tests.sdk.witness", row.vendor, *many,
        *([] if wish.api is None else ["--api", wish.api]),
        *([] if wish.module is None else ["--module", wish.module, "--version", environment.version]),
        *(["--show"] if again else ["--mocks-python", sys.executable]),
    ]  # fmt: skip


def _played(command: list[str], wish: Wish, broken: list[str]) -> list[Outcome]:
    """The outcomes up to where the child ended, or was ended; why, if not by itself, is added to `broken`."""
    code, stdout, stderr = _ran(command, wish.row_s)
    outcomes: list[Outcome] = []
    for line in stdout.splitlines():
        try:
            outcomes.append(read_line(line))
        except (ValueError, TypeError):
            broken.append(f"it printed what is no outcome: {line[:200]}")
    told_red = any(each.result == "red" for each in outcomes)
    if code is None:
        broken.append(f"the row was not over after {wish.row_s:g} s")
    elif code != (1 if told_red else 0):
        broken.append(f"the witness ended with {code}\n{stderr[-LAST_WORDS:].strip()}")
    return outcomes


def _again_alone(
    row: Row, environment: Environment, wish: Wish, outcomes: list[Outcome]
) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """The outcomes, after the red ones of the real clock had a second try with nobody beside them: on a machine that is
    busy with ten calls at once, a deadline may be missed that neither the SDK nor the mock has missed.

    What is red alone as well stays red. More than `SECOND_TRIES` have no second one: that is not the machine's doing.
    """
    reds = [each for each in outcomes if each.result == "red" and each.transport != "virtual"]
    if not 0 < len(reds) <= SECOND_TRIES:
        return tuple(outcomes), ()
    alone = replace(
        wish,
        only=tuple(dict.fromkeys(each.capability for each in reds)),
        transports=tuple(dict.fromkeys(each.transport for each in reds)),
        beside=1,
    )
    again = {_key(each): each for each in _played(_command(row, environment, alone), alone, [])}
    green = [each for each in reds if _key(each) in again and again[_key(each)].result == "green"]
    return tuple(again[_key(each)] if each in green else each for each in outcomes), tuple(green)


def _key(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.capability, outcome.api, outcome.transport


def _counted(row: Row, environment: Environment, broken: list[str]) -> Count | None:
    module = f"tests.sdk.{row.vendor}_count"
    if importlib.util.find_spec(module) is None:
        broken.append(f"there is no {module}")
        return None
    code, stdout, stderr = _ran([str(environment.python), "-m", module], COUNT_S)
    if code is None:
        broken.append(f"the count was not over after {COUNT_S:g} s")
        return None
    try:
        return read_count(stdout)
    except (ValueError, KeyError) as error:
        broken.append(f"the count ended with {code} ({error})\n{stderr[-LAST_WORDS:].strip()}")
        return None


def _ran(command: list[str], limit_s: float) -> tuple[int | None, str, str]:
    """Exit code, output and complaints of a child, whose whole process group is ended with it; no code if it was late."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=neutral(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr = child.communicate(timeout=limit_s)
            return child.returncode, stdout, stderr
        except subprocess.TimeoutExpired:
            _end(child)
            stdout, stderr = child.communicate()
            return None, stdout, stderr
        except BaseException:
            _end(child)
            raise


def _end(child: subprocess.Popen[str]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
