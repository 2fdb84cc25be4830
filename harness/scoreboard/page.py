"""The scoreboard as a web page: one file, nothing loaded, nothing run. Pure; the template escapes whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from harness.expectations.invariants import INVARIANTS
from harness.reports.lines import printable
from harness.scenario.invariants import INVARIANTS as NUMBERS
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.signs import MEANINGS, SIGNS, cases_said, command, seen, summed_up, times_said, when
from harness.scoreboard.table import Board, Standing

__all__ = ["as_page"]

TEMPLATE = "page.html.jinja"


def as_page(board: Board, *, versions: Mapping[str, str]) -> str:
    """The whole board as the text of a file."""
    source = files("harness.scoreboard").joinpath(TEMPLATE).read_text(encoding="utf-8")
    # `finalize` sees every value on its way into the page, before it is escaped: what turns the direction of writing is
    # told by its number there as well.
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters |= {
        "address": _address,
        "cases": cases_said,
        "command": command,
        "seen": seen,
        "summed_up": summed_up,
        "times": times_said,
        "when": when,
    }
    titles = {number: INVARIANTS[number].rule if number in INVARIANTS else "not checked yet" for number in NUMBERS}
    return environment.from_string(source).render(
        board=board,
        versions=versions,
        titles=titles,
        rules_of=[(row, row.rules) for row in board.rows],
        classes_of=[(row, row.classes) for row in board.rows],
        whys={number: invariant.why for number, invariant in INVARIANTS.items()},
        classes={name: each.title for name, each in INCIDENT_CLASSES.items()},
        rules_behind={name: each.rules for name, each in INCIDENT_CLASSES.items()},
        Standing=Standing,
        signs=SIGNS,
        meanings=MEANINGS,
    )


def _shown(value: object) -> object:
    return printable(value) if type(value) is str else value


def _address(source: str) -> str:
    """An address that a reader can be sent to; nothing for whatever else was written there."""
    return source if re.match(r"https?://", source) else ""
