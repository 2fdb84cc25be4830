"""The scoreboard as JSON, for machines. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.expectations.invariants import INVARIANTS
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.signs import command
from harness.scoreboard.table import Board, Cell, Evidence, Row, Standing

__all__ = ["as_json"]

VERSION = 1


def as_json(board: Board, *, versions: Mapping[str, str]) -> str:
    """The whole board as the text of a file: ASCII, so that it does nothing to whoever prints it."""
    document = {
        "deadair_scoreboard": VERSION,
        "versions": dict(versions),
        "rules": {number: {"rule": each.rule, "why": each.why} for number, each in INVARIANTS.items()},
        "classes": {name: {"title": each.title, "rules": each.rules} for name, each in INCIDENT_CLASSES.items()},
        "clients": [_client(row) for row in board.rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _client(row: Row) -> dict[str, Any]:
    contender = row.contender
    return {
        "name": contender.name,
        "title": contender.title,
        "providers": list(contender.providers),
        "version": row.version,
        "reconnects": contender.reconnects,
        "clock": contender.clock,
        "ours": contender.ours,
        "trouble": row.trouble,
        "cases": row.cases,
        "runs": row.runs,
        "broken": row.has(Standing.BROKEN),
        "rules": {number: _cell(cell) for number, cell in row.rules.items()},
        "classes": {name: _cell(cell) for name, cell in row.classes.items()},
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "standing": cell.standing.value,
        "why": cell.why,
        "judged": cell.judged,
        "broken": cell.broken,
        "evidence": _evidence(cell.evidence) if cell.evidence is not None else None,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "rule": evidence.rule,
        "case": evidence.case_id,
        "summary": evidence.summary,
        "source": evidence.source,
        "injected": evidence.injected,
        "seen": evidence.seen,
        "at_us": evidence.at_us,
        "times": evidence.times,
        "of": evidence.of,
        "rerun": command(evidence.rerun),
    }
