"""Runs that were kept, as command lines name them: `RUN::case`, or the file of a trace."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.expectations import Verdict
from harness.runs import KeptRun, RunError, is_archive, open_run, split_name
from harness.trace import Trace, load

__all__ = ["is_trace", "one_run", "one_trace", "verdict_then"]


def is_trace(name: str) -> bool:
    """Whether this is meant as the file of a trace, and not as a run."""
    return name.endswith(".jsonl") or (os.path.isfile(name) and not is_archive(Path(name)))


def verdict_then(kept: KeptRun) -> str:
    """What result.json says of a run; "" where it was interrupted, or that cannot be read."""
    try:
        told = json.loads((kept.folder / "result.json").read_bytes())
        return Verdict(told["cases"][0]["runs"][0]["verdict"]).value
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""


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
    return load(name) if is_trace(name) else one_run(name).trace()
