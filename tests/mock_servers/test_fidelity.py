"""The fidelity tables of mock_servers/README.md: every number once, every test that they name exists, every state is known."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "mock_servers" / "README.md").read_text(encoding="utf-8")

HEAD = ("no.", "behaviour", "state", "source", "test")
STATES = {"captured", "documented", "observed", "inferred", "UNVERIFIED"}

ITEMS = {"OpenAI Realtime": 34, "Gemini Live": 32, "Deepgram": 31}
"""What a mock must do, by the protocol sheets of 2026-08: openai_realtime.md section 6, gemini_live.md section 7,
deepgram.md section 7."""

CHEATS = {"OpenAI Realtime": 24, "Gemini Live": 20, "Deepgram": 25}
"""Where mocks usually cheat, by the same sheets: openai_realtime.md section 7, gemini_live.md section 8, deepgram.md
section 9."""


@dataclass(frozen=True, slots=True)
class Row:
    vendor: str
    number: str
    behaviour: str
    state: str
    source: str
    test: str


def sections() -> dict[str, str]:
    """The text of each vendor's section, by its heading."""
    parts = re.split(r"^## (.+)$", README, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cells(line: str) -> tuple[str, ...]:
    # A | inside a cell is written \|.
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1])


def rows() -> list[Row]:
    found = []
    for vendor, text in sections().items():
        lines = [cells(line) for line in text.splitlines() if line.startswith("|")]
        table = lines[lines.index(HEAD) + 2 :] if HEAD in lines else []
        found += [Row(vendor, *row) for row in table if len(row) == len(HEAD)]
    return found


ROWS = rows()


def shown_by(row: Row) -> list[str]:
    """The tests that a row names, as paths from the project with `::` and a name."""
    named = re.findall(r"`([^`]+)`", row.test)
    return [name if name.startswith("tests/") else f"tests/mock_servers/{name}" for name in named]


@functools.cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def exists(test: str) -> bool:
    path, _, name = test.partition("::")
    function = name.rpartition("::")[2].partition("[")[0]
    return (ROOT / path).is_file() and function.startswith("test_") and function in functions_in(path)


def test_every_vendor_has_its_table() -> None:
    assert [vendor for vendor in sections() if vendor in ITEMS] == list(ITEMS)


@pytest.mark.parametrize("vendor", ITEMS)
def test_every_number_of_the_sheet_stands_there_once(vendor: str) -> None:
    expected = [str(number) for number in range(1, ITEMS[vendor] + 1)]
    expected += [f"C{number}" for number in range(1, CHEATS[vendor] + 1)]

    assert Counter(row.number for row in ROWS if row.vendor == vendor) == Counter(expected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.vendor} {row.number}")
def test_a_row_says_what_how_sure_since_when_and_where_it_is_shown(row: Row) -> None:
    assert row.behaviour
    assert row.source
    assert row.state in STATES
    assert shown_by(row), f"no test is named in {row.test!r}"
    assert [test for test in shown_by(row) if not exists(test)] == []


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.state == "UNVERIFIED"], ids=lambda row: f"{row.vendor} {row.number}"
)
def test_what_nobody_knows_names_the_setting_that_switches_it(row: Row) -> None:
    settings = (ROOT / "mock_servers" / row.vendor.lower().replace(" ", "_") / "settings.py").read_text(
        encoding="utf-8"
    )
    named = re.findall(r"`(\w+)(?:=[^`]*)?`", row.behaviour)

    assert [name for name in named if re.search(rf"^    {name}:", settings, re.MULTILINE)], row.behaviour


@pytest.mark.parametrize("vendor", ITEMS)
def test_what_is_not_imitated_is_said_below_the_table(vendor: str) -> None:
    _, _, below = sections()[vendor].rpartition("\n|")

    assert re.search(r"^(#+ )?\**Not imitated", below, re.MULTILINE), f"{vendor} has no list 'Not imitated'"


def test_a_line_of_a_table_with_a_cell_too_many_is_found() -> None:
    lines = [line for text in sections().values() for line in text.splitlines() if re.match(r"\| C?\d+ \|", line)]

    assert [line for line in lines if len(cells(line)) != len(HEAD)] == []
