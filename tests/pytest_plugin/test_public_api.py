"""The plugin uses what pytest documents, and costs those nothing who do not use it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness.pytest_plugin

FOLDER = Path(harness.pytest_plugin.__file__).parent
LOADED_AT_THE_START = {"", ".fixtures", ".hooks", ".options", ".virtual_time"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_nothing_private_of_pytest_is_used(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.startswith("_pytest")}


def test_nothing_of_deadair_is_imported_before_it_is_needed() -> None:
    """What pytest has loaded already when it loads its plugins costs nobody anything, and the rest is these few files."""
    program = "import pytest, sys; before = set(sys.modules); import harness.pytest_plugin; print(*(set(sys.modules) - before))"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    loaded = set(printed.split())
    package = "harness.pytest_plugin"
    assert {name for name in loaded if name.startswith("harness")} == {
        "harness",
        *(f"{package}{name}" for name in LOADED_AT_THE_START),
    }
    assert not loaded & {"asyncio", "pydantic", "websockets", "yaml", "click", "multiprocessing"}
