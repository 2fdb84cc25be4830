"""Plays the capabilities of one SDK inside its environment, in processes that are ended when their time is up.

On the real clock each has a process of its own. On the virtual one a process plays one after the other for as long as they
are green: all that an SDK puts off to its first call takes each new process four times as long as most capabilities take.
What is red there after others is played again in a new process, and only that counts.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version as version_of
from itertools import count
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import click
from packaging.specifiers import SpecifierSet

from tests.sdk.outcomes import Outcome
from tests.sdk.stages import VENDORS, NotOver, WitnessedVendor, on_the_real_clock, on_the_virtual_clock
from tests.sdk.witness import CAPABILITIES, TRANSPORTS, Capability, Transport

__all__ = ["house_of_mocks", "main", "play_all", "project_python"]

ROOT = Path(__file__).parents[2]
LAST_WORDS = 2_000
"""Characters of a crashed process's output that are told."""

GRACE_S = 1.0
"""How long after its limit a capability is ended: before that, it is stopped by itself, or told where it stands."""

STANDS = "Timeout ("
"""How faulthandler begins to tell where each thread stands."""

_FORKING = multiprocessing.get_context("fork")
"""The SDK is imported once, in the parent: importing it takes longer than most capabilities."""


_Job = tuple[Capability, Transport]


@dataclass(slots=True, kw_only=True)
class _Running:
    process: Any
    result: Connection
    output: Path
    jobs: tuple[_Job, ...]
    """The first is being played."""
    is_fresh: bool = True
    """Nothing was played before in this process."""
    began_s: float = field(default_factory=time.monotonic)

    @property
    def ends_at_s(self) -> float:
        return self.began_s + self.jobs[0][0].limit_s + GRACE_S

    def goes_on(self) -> None:
        """With its next job."""
        self.jobs = self.jobs[1:]
        self.is_fresh = False
        self.began_s = time.monotonic()


def play_all(
    capabilities: list[Capability],
    *,
    transports: tuple[Transport, ...],
    house: int | None,
    whose: WitnessedVendor,
    version: str,
    settings: Mapping[str, object],
    beside: int = 1,
    show: bool = False,
) -> Iterator[Outcome]:
    """The outcome of each capability on each transport, in the order in which they come.

    Args:
        house: The port of the mocks; only the virtual clock needs none.
        beside: How many processes at once; on the virtual clock, where nobody waits, never more than there are cores.
        show: Let the capabilities write to this process's output.
    """
    waiting: list[tuple[_Job, ...]] = []
    for transport in transports:
        playable: list[_Job] = []
        for each in capabilities:
            if each.sync and transport == "virtual":
                continue
            outcome = Outcome(capability=each.name, api=each.api, transport=transport, result="not applicable")
            if version not in SpecifierSet(each.versions, prereleases=True):
                yield replace(outcome, why=f"only in {each.versions}")
            elif transport not in each.transports:
                yield replace(outcome, why=f"only on {', '.join(each.transports)}")
            else:
                playable.append((each, transport))
        waiting += _shared(playable, min(beside, os.cpu_count() or 1)) if transport == "virtual" else zip(playable)
    running: list[_Running] = []
    numbers = count()
    learned = False
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or running:
                # Nobody beside the first: what it has to import, the others find imported.
                while waiting and len(running) < (beside if learned else 1):
                    output = Path(folder) / f"{next(numbers)}.txt"
                    about = (house, whose, version, settings)
                    running.append(_begun(waiting.pop(0), about, output, show=show))
                for told in _telling(running):
                    outcome, imported = _outcome(told)
                    _import(imported)
                    learned = True
                    if outcome.result == "green" or told.is_fresh:
                        yield outcome
                    else:
                        waiting.append(told.jobs[:1])
                    if outcome.result == "green" and told.jobs[1:]:
                        told.goes_on()
                    else:
                        running.remove(told)
                        _end(told)
                        waiting += [told.jobs[1:]] if told.jobs[1:] else []
        finally:
            for each_running in running:
                _end(each_running)


def _shared(jobs: list[_Job], among: int) -> list[tuple[_Job, ...]]:
    """The first by itself, the others in shares."""
    shares = [jobs[:1], *(jobs[1 + number :: among] for number in range(among))]
    return [tuple(share) for share in shares if share]


def _begun(jobs: tuple[_Job, ...], about: tuple[Any, ...], output: Path, *, show: bool) -> _Running:
    ours, theirs = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=_play, args=(theirs, None if show else output, jobs, *about))
    sys.stdout.flush()
    process.start()
    theirs.close()
    return _Running(process=process, result=ours, output=output, jobs=jobs)


def _telling(running: list[_Running]) -> list[_Running]:
    """Those who have told a result, have died, or have had their time; waits for the first."""
    left_s = min(each.ends_at_s for each in running) - time.monotonic()
    ready = wait([each.result for each in running], timeout=max(left_s, 0))
    return [each for each in running if each.result in ready or time.monotonic() >= each.ends_at_s]


def _import(names: tuple[str, ...]) -> None:
    """Import what a child had to import, once for all that come after it: SDKs put most of themselves off to the first
    call, and that costs each process some 0.25 s again."""
    missing = [name for name in names if name not in sys.modules]
    for name in missing:
        with suppress(ImportError):
            importlib.import_module(name)
    if missing:
        # Or the collector of each child would touch, and so copy, every page that it shares with this process.
        gc.collect()
        gc.freeze()


def _outcome(running: _Running) -> tuple[Outcome, tuple[str, ...]]:
    """Of what it plays now; and the modules that it has imported for it."""
    (capability, transport), took_s = running.jobs[0], round(time.monotonic() - running.began_s, 3)
    outcome = Outcome(capability=capability.name, api=capability.api, transport=transport, result="red", took_s=took_s)
    hung = not running.result.poll()
    if not hung:
        try:
            told, imported = running.result.recv()
        except EOFError:
            running.process.join(5)
        else:
            return replace(outcome, **told), imported
    why = f"not over after {capability.limit_s:g} s" if hung else f"the process died with {running.process.exitcode}"
    said = running.output.read_text(errors="replace") if running.output.exists() else ""
    if hung and STANDS in said:
        # The frame that it stands in comes first here.
        said = said[said.index(STANDS) :].partition("stages.py")[0].rpartition("\n")[0]
    said = said[-LAST_WORDS:].strip()
    return replace(outcome, why=f"{why}\n{said}".strip()), ()


def _end(running: _Running) -> None:
    # Who has told their result may still have threads that never end, and nobody is waited for twice.
    running.process.kill()
    running.process.join()
    running.result.close()


def _play(
    result: Connection,
    output: Path | None,
    jobs: tuple[_Job, ...],
    house: int | None,
    whose: WitnessedVendor,
    version: str,
    settings: Mapping[str, object],
) -> None:
    if output is not None:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    for capability, transport in jobs:
        if output is not None:
            # Last words are those of one capability.
            os.ftruncate(1, 0)
            os.lseek(1, 0, os.SEEK_SET)
        # What blocks in a call of the operating system cannot be asked where it is; this thread of C can.
        faulthandler.dump_traceback_later(capability.limit_s + GRACE_S / 2)
        known = frozenset(sys.modules)
        mine = {**settings, **capability.settings}
        told = _told(capability, transport, house, whose, version, mine, show=output is None)
        sys.stdout.flush()
        result.send((told, tuple(name for name in sys.modules if name not in known)))
        if told["result"] == "red":
            break
    os._exit(0)


def _told(
    capability: Capability,
    transport: Transport,
    house: int | None,
    whose: WitnessedVendor,
    version: str,
    settings: Mapping[str, object],
    *,
    show: bool,
) -> dict[str, Any]:
    """What an `Outcome` says of it."""
    try:
        if transport == "virtual":
            played = on_the_virtual_clock(capability, whose=whose, version=version, settings=settings)
            return {"result": "green", "ended_at_s": played.ended_at_s, "told": played.told}
        assert house is not None, "the real clock needs the mocks of tests.sdk.mocks"
        on_the_real_clock(capability, transport=transport, house=house, whose=whose, version=version, settings=settings)
    except BaseException as error:
        if show:
            traceback.print_exc()
        return {"result": "red", "why": _why(error)}
    return {"result": "green"}


def _why(error: BaseException) -> str:
    """What was raised, and the deepest line of the tests that it came through."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    late = isinstance(error, NotOver) and error.__cause__ is not None
    came_through = traceback.extract_tb((error.__cause__ if late else error).__traceback__)  # type: ignore[union-attr]
    ours = [frame for frame in came_through if _is_a_witness(frame.filename)]
    place = f" ({Path(ours[-1].filename).name}:{ours[-1].lineno}: {ours[-1].line})" if ours else ""
    return (str(error) if late else f"{type(error).__name__}: {error}".strip()) + place


def _is_a_witness(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(ROOT / "tests") and path.name not in ("stages.py", "playing.py")


@contextmanager
def house_of_mocks(python: str) -> Iterator[int]:
    """The mocks, in a process of their own: the port where they are asked for."""
    command = [python, "-m", "tests.sdk.mocks"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment) as house:
        assert house.stdin is not None
        assert house.stdout is not None
        try:
            yield int(house.stdout.readline())
            house.stdin.close()
            house.wait(10)
        finally:
            house.kill()


def project_python() -> str:
    """The interpreter of the project's own environment; this one, where there is none in its usual place."""
    ours = ROOT / ".venv" / "bin" / "python"
    return str(ours) if ours.exists() else sys.executable


@click.command()
@click.argument("vendor", type=click.Choice(tuple(VENDORS)))
@click.option(
    "--transport", "transports", multiple=True, type=click.Choice(TRANSPORTS), help="One or several; all by default."
)
@click.option("--only", multiple=True, help="Play the capabilities of this name, or whose name begins so.")
@click.option("--api", type=click.Choice(("async", "sync")), help="Play only the async ones, or only the sync ones.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting for each of the mocks.")
@click.option("--beside", type=click.IntRange(1), default=4, show_default=True, help="How many at once.")
@click.option("--show", is_flag=True, help="Show what the capabilities print, and whole tracebacks.")
@click.option("--module", help="Where the capabilities are.  [default: tests.sdk.VENDOR_python]")
@click.option("--version", help="Of the SDK.  [default: the one that is installed]")
@click.option("--mocks-python", help="What the mocks of the real clock run with.  [default: the project's .venv]")
def main(
    vendor: str,
    transports: tuple[Transport, ...],
    only: tuple[str, ...],
    api: str | None,
    settings: tuple[str, ...],
    beside: int,
    show: bool,
    module: str | None,
    version: str | None,
    mocks_python: str | None,
) -> None:
    """Play what VENDOR's SDK can do, inside the SDK's environment; one line of JSON for each capability and transport.

    Exits with 1 if one of them is red.
    """
    whose = VENDORS[vendor]
    importlib.import_module(module or f"tests.sdk.{vendor}_python")
    ways = transports or TRANSPORTS
    asked_for = [
        each for each in CAPABILITIES if (not only or each.name.startswith(only)) and (api is None or each.api == api)
    ]
    with house_of_mocks(mocks_python or project_python()) if ways != ("virtual",) else nullcontext() as house:
        outcomes = play_all(
            asked_for,
            transports=ways,
            house=house,
            whose=whose,
            version=version or version_of(whose.distribution),
            settings=dict(pair.split("=", 1) for pair in settings),
            beside=beside,
            show=show,
        )
        red = False
        for outcome in outcomes:
            print(outcome.line(), flush=True)
            red = red or outcome.result == "red"
    if red:
        sys.exit(1)
