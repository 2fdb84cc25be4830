"""Runs that were kept, as command lines name them: `RUN::case`, or the file of a trace."""

from __future__ import annotations

import os
from pathlib import Path

from harness.runs import KeptRun, RunError, open_run, split_name
from harness.trace import Trace, load

__all__ = ["one_run", "one_trace"]


def one_run(name: str) -> KeptRun:
    """Raises RunError if the name means no run, or several."""
    run, case = split_name(name)
    found = open_run(run).find(case)
    if len(found) > 1:
        shown = ", ".join(f"'{run}::{one.folder.name}'" for one in found[:3])
        raise RunError(f"'{name}' means {len(found)} runs; one is needed: {shown}{', …' if len(found) > 3 else ''}")
    if not found:
        raise RunError(f"'{name}' means no run: nothing was played there")
    return found[0]


def one_trace(name: str) -> Trace:
    """The trace of a run, or the one in this file. Raises RunError or TraceError."""
    return load(Path(name)) if os.path.isfile(name) and name.endswith(".jsonl") else one_run(name).trace()
