"""How a cell is shown: a sign that is told apart without its colour, a tone, and what it means."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.expectations.words import count, moment
from harness.reports.lines import Tone, printable
from harness.scoreboard.table import Cell, Evidence, Row, Standing

__all__ = ["ASCII", "MEANINGS", "SIGNS", "TONES", "cases_said", "command", "seen", "summed_up", "times_said", "when"]

READABLE_CHARACTERS = 320
"""A client may leave any number of tasks behind, each of which has a name."""

SIGNS = {
    Standing.BROKEN: "✗",
    Standing.LOST: "▼",
    Standing.MISSED: "▽",
    Standing.NOT_REPRODUCED: "~",
    Standing.UNDECIDED: "?",
    Standing.KEPT: "✓",
    Standing.BY_DESIGN: "–",
    Standing.NOT_APPLICABLE: "·",
    Standing.NOT_RUN: "□",
}

ASCII = {
    Standing.BROKEN: "X",
    Standing.LOST: "L",
    Standing.MISSED: "M",
    Standing.NOT_REPRODUCED: "~",
    Standing.UNDECIDED: "?",
    Standing.KEPT: "+",
    Standing.BY_DESIGN: "-",
    Standing.NOT_APPLICABLE: ".",
    Standing.NOT_RUN: "o",
}

TONES: dict[Standing, Tone] = {
    Standing.BROKEN: "bad",
    Standing.LOST: "doubt",
    Standing.MISSED: "doubt",
    Standing.NOT_REPRODUCED: "doubt",
    Standing.UNDECIDED: "doubt",
    Standing.KEPT: "good",
    Standing.BY_DESIGN: "dim",
    Standing.NOT_APPLICABLE: "dim",
    Standing.NOT_RUN: "dim",
}

MEANINGS = {
    Standing.BROKEN: "a rule was broken, in three runs of three",
    Standing.LOST: "the caller had a dead line at the end of three runs of three, and no rule was broken",
    Standing.MISSED: "the call went on, and not as the scenario asks, in three runs of three",
    Standing.NOT_REPRODUCED: "seen, and not in every run",
    Standing.UNDECIDED: "what was recorded does not say",
    Standing.KEPT: "kept wherever it was put to the test",
    Standing.BY_DESIGN: "asks for a reconnect layer, which this library leaves to its user",
    Standing.NOT_APPLICABLE: "no case put it to the test",
    Standing.NOT_RUN: "was not run",
}


def summed_up(row: Row) -> str:
    """One client in a line: `4 rules broken, 9 kept; 61 runs of 49 cases`."""
    if not row.runs:
        return "was not run"
    broken = row.has(Standing.BROKEN)
    said = [f"{count(broken, 'rule')} broken" if broken else "no rule broken", f"{row.has(Standing.KEPT)} kept"]
    return f"{', '.join(said)}; {count(row.runs, 'run')} of {count(row.cases, 'case')}"


def seen(evidence: Evidence) -> str:
    """What was seen, as long as a reader reads; the trace and the JSON have all of it."""
    return evidence.seen if len(evidence.seen) <= READABLE_CHARACTERS else f"{evidence.seen[:READABLE_CHARACTERS]}…"


def when(evidence: Evidence) -> str:
    """`at 3.002 s`, or nothing where it was no one moment."""
    return f"at {moment(evidence.at_us)}" if evidence.at_us is not None else ""


def times_said(evidence: Evidence) -> str:
    return f"{evidence.times} of {count(evidence.of, 'run')}"


def cases_said(cell: Cell) -> str:
    return f"seen in {cell.broken} of the {count(cell.judged, 'case')} that put it to the test"


def command(words: Sequence[str]) -> str:
    """A command line to be copied: quoted for a shell, with nothing in it that does something to a terminal."""
    return printable(shlex.join(words))
