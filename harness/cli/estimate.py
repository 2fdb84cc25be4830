"""What a run would take on the virtual clock, from a sample of it: told to who has waited for the real one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.cli.session import Play
from harness.reports import judged
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How

__all__ = ["virtual_estimate_s"]

SAMPLE_CASES = 8
"""So many cases are played on the virtual clock to say what the pack would take there."""

WORKER_STARTS_S = 1.0
"""What it takes to start the processes, roughly."""


def virtual_estimate_s(plays: Sequence[Play], jobs: int) -> float | None:
    """What these runs take with `--clock virtual`, from a sample of them; None if it could not be measured."""
    step = max(1, len(plays) // SAMPLE_CASES)
    sample = [play.task for play in plays[::step]]
    with tempfile.TemporaryDirectory() as place:
        tasks = [replace(task, number=number, folder=Path(place)) for number, task in enumerate(sample)]
        costs = [
            told.cpu_s
            for told in run_tasks(tasks, How(clock="virtual"), judge=judged, jobs=1)
            if isinstance(told, Finished)
        ]
    return WORKER_STARTS_S + sum(costs) / len(costs) * len(plays) / jobs if all(costs) else None
