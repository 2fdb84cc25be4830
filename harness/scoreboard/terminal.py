"""The scoreboard for a terminal: two tables, then what speaks against whom, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.expectations.invariants import INVARIANTS
from harness.reports.lines import Line, Span, printable
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.signs import ASCII, MEANINGS, SIGNS, TONES, cases_said, command, seen, summed_up, times_said
from harness.scoreboard.table import Board, Cell, Row, Standing

__all__ = ["board_lines"]

LABEL_CHARACTERS = 10


def board_lines(board: Board, *, ascii_only: bool = False) -> Iterator[Line]:
    """The whole board.

    Args:
        ascii_only: For terminals that know no other characters.
    """
    signs = ASCII if ascii_only else SIGNS
    yield from _table("rules", {row.contender.name: row.rules for row in board.rows}, signs)
    yield ()
    yield from _table("incidents", {row.contender.name: row.classes for row in board.rows}, signs)
    yield ()
    for standing in Standing:
        yield (Span(f"  {signs[standing]} ", TONES[standing]), Span(f"{standing.value}: {MEANINGS[standing]}", "dim"))
    for row in board.rows:
        yield ()
        yield from _client(row, signs)


def _table(title: str, rows: Mapping[str, Mapping[str, Cell]], signs: Mapping[Standing, str]) -> Iterator[Line]:
    names = {name: printable(name) for name in rows}
    width = max((len(shown) for shown in (title, *names.values())), default=0)
    columns = next(iter(rows.values()), {})
    # The number alone: `I7` is 7, and `F07` is 7 as well.
    yield (Span(f"{title:<{width}} "), Span("".join(f"{int(column[1:]):>3}" for column in columns), "dim"))
    for name, cells in rows.items():
        spans = (Span(f"  {signs[cell.standing]}", TONES[cell.standing]) for cell in cells.values())
        yield (Span(f"{names[name]:<{width}} "), *spans)


def _client(row: Row, signs: Mapping[Standing, str]) -> Iterator[Line]:
    yield (
        Span(printable(row.contender.name)),
        Span(f"  {printable(row.version)}" if row.version else "", "dim"),
        Span(f"  {summed_up(row)}", "bad" if row.has(Standing.BROKEN) else "plain"),
    )
    if row.trouble:
        yield _labelled("", row.trouble)
    for number, cell in row.worst:
        yield from _accusation(number, INVARIANTS[number].rule, cell, signs)
    for name, cell in row.incidents:
        yield from _incident(name, cell, signs)


def _accusation(key: str, title: str, cell: Cell, signs: Mapping[Standing, str]) -> Iterator[Line]:
    evidence = cell.evidence
    assert evidence is not None, "nobody is accused without evidence"
    yield (Span(f"  {signs[cell.standing]} ", TONES[cell.standing]), Span(f"{key:<4}{title}"))
    yield _labelled("injected", evidence.injected or "nothing")
    yield _labelled("seen", seen(evidence))
    yield _labelled("times", f"{times_said(evidence)}; {cases_said(cell)}")
    yield _labelled("rerun", command(evidence.rerun))


def _incident(name: str, cell: Cell, signs: Mapping[Standing, str]) -> Iterator[Line]:
    """Short where a rule was broken: what that says of it stands above. The pages have it all."""
    evidence = cell.evidence
    assert evidence is not None, "nobody is accused without evidence"
    yield (
        Span(f"  {signs[cell.standing]} ", TONES[cell.standing]),
        Span(f"{name} {INCIDENT_CLASSES[name].title} ({evidence.rule})"),
    )
    if cell.standing is not Standing.BROKEN:
        yield _labelled("seen", seen(evidence))
    yield _labelled("rerun", command(evidence.rerun))


def _labelled(label: str, text: str) -> Line:
    return (Span(f"    {label:<{LABEL_CHARACTERS}}", "dim"), Span(printable(text)))
