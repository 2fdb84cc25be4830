"""The README tells the truth: every toxic is in it, and every deviation has its test."""

from __future__ import annotations

import re
from pathlib import Path

from harness.faults.toxics import TOXICS

ROOT = Path(__file__).parents[2]
README = (ROOT / "harness/faults/README.md").read_text()


def test_every_toxic_is_in_the_table_with_its_attributes() -> None:
    for name, kind in TOXICS.items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(f"`{attribute}`" in row for attribute in kind().attributes())


def test_every_deviation_has_a_test_that_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", README))
    written = {
        name
        for path in (ROOT / "tests/faults").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text())
    }

    assert len(named) > 10
    assert named <= written


def test_every_file_is_named() -> None:
    files = {path.name for path in (ROOT / "harness/faults").glob("*.py")} - {"__init__.py"}

    assert all(f"`{name}`" in README for name in files - {"addresses.py"})
