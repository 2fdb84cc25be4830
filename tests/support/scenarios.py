"""Scenario files for tests: written as text, loaded from a folder of their own."""

from __future__ import annotations

from pathlib import Path

from harness.scenario import Case, Mistake, load
from harness.scenario.model import Fault

__all__ = ["END", "case_of", "fault_of", "mistakes_of", "scenario", "write"]

END = "end: {state: active, by: 60s}"


def scenario(*lines: str, provider: str = "openai-realtime", expect: str = END) -> str:
    """A whole scenario with these lines in the middle."""
    return "\n".join(["deadair: 1", "scenario: call", f"provider: {provider}", *lines, f"expect: {{{expect}}}", ""])


def write(folder: Path, text: str | bytes, name: str = "call.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def case_of(folder: Path, text: str) -> Case:
    """The one case of a file."""
    (case,) = load([write(folder, text)], root=folder).checked()
    return case


def fault_of(folder: Path, fault: str, *, provider: str = "openai-realtime") -> Fault:
    """The last fault of a file that has these faults."""
    return case_of(folder, scenario(f"faults: [{fault}]", provider=provider)).faults[-1]


def mistakes_of(folder: Path, text: str | bytes) -> tuple[Mistake, ...]:
    return load([write(folder, text)], root=folder).errors
