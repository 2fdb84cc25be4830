"""What goes to a worker and what comes back: runs of cases, as values that a pipe can carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.replay.script import Script
from harness.runner.keyring import API_KEY
from harness.scenario.model import Case
from harness.trace import Header, Trace, TraceWriter

__all__ = ["Finished", "Held", "How", "Judge", "Started", "Task"]

Judge = Callable[[Trace | None, str], Any]
"""Handed in by whoever runs cases: makes a result of a finished trace; or of None and the words for what broke the run
off. It may be called in another process, so it must be a function of a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How cases are played. `toxiproxy` is the program or the address of the real one, as `find_toxiproxy` gives it; it
    is for the real clock only, and None stands for the embedded proxy."""

    clock: Literal["real", "virtual"]
    toxiproxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run of one case. `folder` exists, and takes the trace. With a `script` it is a replay."""

    number: int
    case: Case
    seed: int
    folder: Path
    script: Script | None = None

    @property
    def trace_path(self) -> Path:
        return self.folder / "trace.jsonl"

    def open_trace(self, header: Header) -> TraceWriter:
        return TraceWriter(self.trace_path, header, secrets=[API_KEY])


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The last word of a worker whose loop a client holds: of this run, if it can be said, and at this place."""

    number: int | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that is over.

    Attributes:
        result: What the judge made of it; None as long as it was not judged.
        broken_off: Why our own side could not bring the run to its end; the trace then has no last line.
        cpu_s: What it cost on the virtual clock; on the real one cases share a process, and it is 0.
        notes: What a reader should know about how it was played.
    """

    number: int
    result: Any = None
    broken_off: str = ""
    cpu_s: float = 0.0
    notes: tuple[str, ...] = ()
