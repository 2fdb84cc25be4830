"""The scoreboard as Markdown, as GitHub shows it. Pure; whatever names and reasons hold is text, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.expectations.invariants import INVARIANTS
from harness.reports.markdown_words import fenced, in_line
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.signs import MEANINGS, SIGNS, cases_said, command, seen, summed_up, times_said
from harness.scoreboard.table import Board, Cell, Row, Standing

__all__ = ["as_markdown"]


def as_markdown(board: Board, *, versions: Mapping[str, str]) -> str:
    """The whole board as the text of a file. `versions` is what it was played with, by name."""
    return "\n".join(_lines(board, versions)) + "\n"


def _lines(board: Board, versions: Mapping[str, str]) -> Iterator[str]:
    yield "# Scoreboard"
    yield ""
    yield "Real clients under injected failures: which rules each keeps. A red cell was seen in three runs of three."
    yield ""
    yield f"Played with {', '.join(f'{in_line(name)} {in_line(version)}' for name, version in versions.items())}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for standing in Standing:
        yield f"| {SIGNS[standing]} | {standing.value}: {MEANINGS[standing]} |"
    yield ""
    yield "## Rules"
    yield ""
    yield from _table({row.contender.name: row.rules for row in board.rows})
    yield ""
    yield from (f"- **{number}** {in_line(invariant.rule)}" for number, invariant in INVARIANTS.items())
    yield ""
    yield "## Incidents"
    yield ""
    yield from _table({row.contender.name: row.classes for row in board.rows})
    yield ""
    yield from (
        f"- **{name}** {in_line(each.title)} ({', '.join(each.rules)})" for name, each in INCIDENT_CLASSES.items()
    )
    for row in board.rows:
        yield ""
        yield from _client(row)


def _table(rows: Mapping[str, Mapping[str, Cell]]) -> Iterator[str]:
    columns = next(iter(rows.values()), {})
    yield f"| client | {' | '.join(columns)} |"
    yield f"|---|{':-:|' * len(columns)}"
    for name, cells in rows.items():
        yield f"| {in_line(name)} | {' | '.join(SIGNS[cell.standing] for cell in cells.values())} |"


def _client(row: Row) -> Iterator[str]:
    yield f"## {in_line(row.contender.name)}"
    yield ""
    yield f"Tested: {in_line(row.contender.title)}, {in_line(row.version or 'version unknown')}. Result: {summed_up(row)}."
    if row.trouble:
        yield ""
        yield f"Note: {in_line(row.trouble)}"
    for number, cell in row.worst:
        yield from _accusation(f"{number}: {INVARIANTS[number].rule}", cell)
    for name, cell in row.incidents:
        yield from _accusation(f"{name}: {INCIDENT_CLASSES[name].title}", cell)


def _accusation(title: str, cell: Cell) -> Iterator[str]:
    evidence = cell.evidence
    assert evidence is not None, "nobody is accused without evidence"
    yield ""
    yield f"### {SIGNS[cell.standing]} {in_line(title)}"
    yield ""
    yield f"- Injected: {in_line(evidence.injected or 'nothing')}"
    yield f"- Seen: {in_line(seen(evidence))} ({in_line(evidence.rule)}; {times_said(evidence)}; {cases_said(cell)})"
    if evidence.summary:
        yield f"- Lived through: {in_line(evidence.summary)}{_link(evidence.source)}"
    yield ""
    yield from fenced(command(evidence.rerun), "sh")


def _link(source: str) -> str:
    return f" [The incident]({source})" if re.fullmatch(r"https?://[\w./%#?=&~+:-]+", source, re.ASCII) else ""
