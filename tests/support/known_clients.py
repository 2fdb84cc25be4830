"""Known clients put to the test as a user does it: `deadair run` in the client's own environment, on the virtual clock."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.clients.environments import Environment, install
from harness.clients.installing import NotInstallable
from harness.clients.shelf import known
from harness.expectations import Verdict
from harness.reports import judged
from harness.scenario import load as load_scenarios
from harness.trace import Event, Trace, load
from harness.trace.query import find
from tests.support.command_line import environment

__all__ = ["CHILDREN", "SLACK_S", "STRUCK_S", "Cell", "assert_it_ended_well", "cells_of", "installed"]

CHILDREN = [pytest.mark.sdk, pytest.mark.real_time]
"""Child processes play the cells; their minutes are those of the virtual clock."""

CELLS = Path(__file__).parents[1] / "clients"
"""Where the cells of each provider are, in a file of scenarios."""

STRUCK_S = 7.0
"""When what goes wrong in a cell goes wrong."""

SLACK_S = 0.05
"""What the handshakes before it cost."""

ENDS_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one client in one case."""

    trace: Trace

    @property
    def broken(self) -> list[str]:
        """The invariants that it broke."""
        findings = judged(self.trace).judgement.findings
        return [each.expectation for each in findings if each.verdict is Verdict.FAIL and each.expectation[0] == "I"]

    def events(self, kind: str) -> tuple[Event, ...]:
        return find(self.trace, kind)

    def at_s(self, kind: str) -> list[float]:
        return [event.at_us / 1e6 for event in self.events(kind)]

    @property
    def last_words(self) -> str | None:
        """What the stream of events ended with: an error, "" for none, None where it did not end."""
        ends = self.events("run.stream_ended")
        return ends[0].fields.get("error", "") if ends else None


def installed(name: str) -> Environment:
    """The environment of a known client, made if need be; skips the test where no registry gives it."""
    try:
        return install(known(name))
    except NotInstallable as error:
        pytest.skip(f"{name} is not here: {error}")


def cells_of(name: str, *, but: Collection[str] = ()) -> Callable[[pytest.TempPathFactory], dict[str, Cell]]:
    """A fixture for a module: what becomes of the known client in each cell of its provider, by the cell's name:
    `closed[code=1000]`.

    Args:
        but: Cells that the module asks nothing of; they are not played.
    """

    @pytest.fixture(scope="module")
    def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cell]:
        scenarios = CELLS / f"{known(name).provider.replace('-', '_')}_cells.yaml"
        return _played(name, scenarios, tmp_path_factory.mktemp(name), but=but)

    return cells


def assert_it_ended_well(cell: Cell) -> None:
    """The caller hung up after 20 s, as in fair weather, and nothing was wrong."""
    assert cell.last_words == ""
    assert cell.at_s("run.disconnected") == pytest.approx([20], abs=SLACK_S)
    assert cell.broken == []


def _played(name: str, scenarios: Path, folder: Path, *, but: Collection[str]) -> dict[str, Cell]:
    """Play a file of scenarios, which names no client, with the known client, in a folder of its own."""
    python = installed(name).python
    known_cells = [_cell_of(case.id) for case in load_scenarios([scenarios], root=scenarios.parent).checked()]
    assert set(but) <= set(known_cells), f"{scenarios} has no {set(but) - set(known_cells)}"
    ran = subprocess.run(
        [
            python.with_name("deadair"), "run", *(f"{scenarios}::{cell}" for cell in known_cells if cell not in but),
            # A second process would be done sooner on an idle machine only, and has to import the client as well.
            "--client", name, "--clock", "virtual", "--jobs", "1", "--out", "runs",
        ],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )  # fmt: skip
    traces = [load(path) for path in sorted(folder.glob("runs/*/trace.jsonl"))]
    assert traces, ran.stdout + ran.stderr
    return {_cell_of(str(trace.header.case["id"])): Cell(trace) for trace in traces}


def _cell_of(case_id: str) -> str:
    return case_id.partition("::")[2]
