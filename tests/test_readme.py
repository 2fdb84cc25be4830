"""The README does what it says: its files run, its commands print what stands there, its two commands can be found."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def write_files(folder: Path) -> None:
    """Each Python and YAML block names its file in its first line."""
    for block in [*blocks("python"), *blocks("yaml")]:
        name = re.match(r"# ([\w.]+)", block)
        assert name is not None, f"this block does not name its file: {block[:60]!r}"
        (folder / name[1]).write_text(block, encoding="utf-8")


def as_printed(text: str) -> str:
    """What differs from run to run is '…', as in the README."""
    text = re.sub(r"\.deadair/runs/[^/\s]+", ".deadair/runs/…", text)
    return re.sub(r"(of calls in )[^,]+", r"\1…", text)


@pytest.mark.parametrize("block", blocks("console"))
def test_a_command_prints_what_the_readme_shows(block: str, tmp_path: Path) -> None:
    write_files(tmp_path)
    command, _, shown = block.partition("\n")
    words = shlex.split(command.removeprefix("$ "))

    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )

    assert as_printed(done.stdout) == shown, done.stderr


@pytest.mark.parametrize("name", ["run", "test"])
def test_what_ci_runs_is_what_the_readme_says(name: str) -> None:
    printed = subprocess.run(
        [sys.executable, str(ROOT / "ci" / "readme-command"), name], capture_output=True, text=True, check=True
    ).stdout.strip()

    assert printed in README
    assert printed.startswith("python3 -m venv .venv && ")


def test_every_file_that_the_readme_points_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
