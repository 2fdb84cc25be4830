"""Plays the capabilities of one SDK inside its environment: each in a process of its own, ended when its time is up."""

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
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import click
from packaging.specifiers import SpecifierSet

from tests.sdk.outcomes import Outcome
from tests.sdk.stages import VENDORS, NotOver, Played, WitnessedVendor, on_the_real_clock, on_the_virtual_clock
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


@dataclass(slots=True, kw_only=True)
class _Running:
    process: Any
    result: Connection
    output: Path
    began_s: float
    ends_at_s: float
    outcome: Outcome


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
        beside: How many processes at once.
        show: Let the capabilities write to this process's output.
    """
    waiting: list[tuple[Capability, Transport]] = []
    for transport in transports:
        for each in capabilities:
            if each.sync and transport == "virtual":
                continue
            outcome = Outcome(capability=each.name, api=each.api, transport=transport, result="not applicable")
            if version not in SpecifierSet(each.versions, prereleases=True):
                yield replace(outcome, why=f"only in {each.versions}")
            elif transport not in each.transports:
                yield replace(outcome, why=f"only on {', '.join(each.transports)}")
            else:
                waiting.append((each, transport))
    running: list[_Running] = []
    learned = False
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or running:
                # Nobody beside the first: what it has to import, the others find imported.
                while waiting and len(running) < (beside if learned else 1):
                    each, transport = waiting.pop(0)
                    output = Path(folder) / f"{len(waiting)}.txt"
                    arguments = (each, transport, house, whose, version, {**settings, **each.settings})
                    running.append(_begun(arguments, output, show=show))
                for ended in _ended(running):
                    running.remove(ended)
                    outcome, imported = _outcome(ended)
                    _import(imported)
                    learned = True
                    yield outcome
        finally:
            for each_running in running:
                each_running.process.kill()
                each_running.process.join()


def _begun(arguments: tuple[Any, ...], output: Path, *, show: bool) -> _Running:
    capability, transport = arguments[:2]
    ours, theirs = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=_play, args=(theirs, None if show else output, *arguments))
    sys.stdout.flush()
    began_s = time.monotonic()
    process.start()
    theirs.close()
    outcome = Outcome(capability=capability.name, api=capability.api, transport=transport, result="red")
    return _Running(
        process=process,
        result=ours,
        output=output,
        began_s=began_s,
        ends_at_s=began_s + capability.limit_s + GRACE_S,
        outcome=outcome,
    )


def _ended(running: list[_Running]) -> list[_Running]:
    """Those who have told their result, have died, or have had their time; waits for the first."""
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


def _outcome(ended: _Running) -> tuple[Outcome, tuple[str, ...]]:
    """And the modules that the child has imported."""
    took_s = round(time.monotonic() - ended.began_s, 3)
    told: dict[str, Any] | None = None
    imported: tuple[str, ...] = ()
    hung = not ended.result.poll()
    if not hung:
        try:
            told, imported = ended.result.recv()
        except EOFError:
            ended.process.join(5)
    # Who has told their result may still have threads that never end, and nobody is waited for twice.
    ended.process.kill()
    ended.process.join()
    ended.result.close()
    if told is not None:
        return replace(ended.outcome, took_s=took_s, **told), imported
    why = (
        f"not over after {ended.ends_at_s - ended.began_s - GRACE_S:g} s"
        if hung
        else f"the process died with {ended.process.exitcode}"
    )
    said = ended.output.read_text(errors="replace") if ended.output.exists() else ""
    if hung and STANDS in said:
        # The frame that it stands in comes first here.
        said = said[said.index(STANDS) :].partition("stages.py")[0].rpartition("\n")[0]
    said = said[-LAST_WORDS:].strip()
    return replace(ended.outcome, took_s=took_s, why=f"{why}\n{said}".strip()), imported


def _play(
    result: Connection,
    output: Path | None,
    capability: Capability,
    transport: Transport,
    house: int | None,
    whose: WitnessedVendor,
    version: str,
    settings: Mapping[str, object],
) -> None:
    if output is not None:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    # What blocks in a call of the operating system cannot be asked where it is; this thread of C can.
    faulthandler.dump_traceback_later(capability.limit_s + GRACE_S / 2)
    played: Played | None = None
    known = frozenset(sys.modules)
    try:
        if transport == "virtual":
            played = on_the_virtual_clock(capability, whose=whose, version=version, settings=settings)
        else:
            assert house is not None, "the real clock needs the mocks of tests.sdk.mocks"
            on_the_real_clock(
                capability, transport=transport, house=house, whose=whose, version=version, settings=settings
            )
    except BaseException as error:
        if output is None:
            traceback.print_exc()
        told: dict[str, Any] = {"result": "red", "why": _why(error)}
    else:
        told = {"result": "green"}
        if played is not None:
            told |= {"ended_at_s": played.ended_at_s, "told": played.told}
    result.send((told, tuple(name for name in sys.modules if name not in known)))
    sys.stdout.flush()
    os._exit(0)


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
