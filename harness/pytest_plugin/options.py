"""What can be said on pytest's command line and in its ini file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest

__all__ = ["SCENARIO_FOLDERS", "Clock", "Wishes", "pytest_addoption", "wishes_of"]

Clock = Literal["virtual", "real"]

SCENARIO_FOLDERS = "deadair_scenarios"
RUNS_FOLDER = ".deadair/runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for on the command line.

    Attributes:
        clock: `either` is the virtual one for each case that can be played on it, and the real one for the others.
        client: Tested in the place of the scenarios' own; "" for nobody.
        out: The run folder.
        selection: The command line, as far as it chose what to play.
        is_first: Whether this process is pytest's only one, or the first of pytest-xdist's workers.
    """

    clock: Literal["virtual", "real", "either"]
    client: str
    proxy: Literal["auto", "toxiproxy", "embedded"]
    out: Path
    selection: tuple[str, ...]
    is_first: bool


_WISHES = pytest.StashKey[Wishes]()


def wishes_of(config: pytest.Config) -> Wishes:
    """Read once: a run folder that is called by the time keeps its name."""
    if _WISHES not in config.stash:
        config.stash[_WISHES] = _read(config)
    return config.stash[_WISHES]


def _read(config: pytest.Config) -> Wishes:
    # pytest-xdist tells a worker so what the process that people see has to say.
    told: dict[str, Any] = getattr(config, "workerinput", {})
    asked = told.get("deadair_out") or config.getoption("--deadair-out")
    by_time = f"{RUNS_FOLDER}/{datetime.now().strftime('%Y-%m-%d-%H%M%S-%f')}"
    return Wishes(
        clock=config.getoption("--deadair-clock"),
        client=config.getoption("--deadair-client") or "",
        proxy=config.getoption("--deadair-proxy"),
        out=config.invocation_params.dir / (asked or by_time),
        selection=tuple(_selection(config)),
        is_first=told.get("workerid", "gw0") == "gw0",
    )


def _selection(config: pytest.Config) -> Iterator[str]:
    """Nothing else of the command line: it may hold paths of this machine, and words that are nobody's business."""
    yield from config.getoption("file_or_dir")
    for option, name in (("-k", "keyword"), ("-m", "markexpr")):
        if chosen := config.getoption(name):
            yield from (option, chosen)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("deadair", "deadair: what a call survives")
    group.addoption(
        "--deadair-clock",
        choices=["virtual", "real", "either"],
        default="virtual",
        help="virtual (the default): a clock that jumps over every wait; cases that need the real one are skipped. "
        "real: this machine's clock and sockets. either: virtual where a case can be played so, else real.",
    )
    group.addoption(
        "--deadair-client",
        metavar="NAME",
        help="Test this client in the place of the scenarios' own: a name from pyproject.toml, a known client, or "
        "python:module:factory.",
    )
    group.addoption(
        "--deadair-proxy",
        choices=["auto", "toxiproxy", "embedded"],
        default="auto",
        help="The fault proxy on the real clock; auto (the default) takes Toxiproxy where there is one.",
    )
    group.addoption(
        "--deadair-out",
        metavar="DIR",
        help=f"The run folder, which takes scenarios, traces and results (default: {RUNS_FOLDER}/<time>).",
    )
    parser.addini(
        SCENARIO_FOLDERS,
        type="paths",
        default=[],
        help="Folders in which every .yaml and .yml file holds scenarios; elsewhere those called *.scenario.yaml do.",
    )
