"""pytest as a user has it: a process of its own in a folder of the user's, and what it says of each test."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command_line import environment

__all__ = ["PytestRun", "Told", "pytest_run", "written"]

ENDS_WITHIN_S = 240.0

WITHOUT = tuple(f"-pno:{name}" for name in ("hypothesispytest", "faker", "benchmark", "anyio"))
"""Plugins of this project's own environment, which cost a second and have no part in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What pytest's JUnit file says of a test: `outcome` is passed, failed, error or skipped, `message` says why."""

    outcome: str
    message: str = ""
    text: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestRun:
    exit_code: int
    printed: str
    folder: Path
    tests: Mapping[str, Told]
    """By name, without the file."""


def pytest_run(folder: Path, *arguments: str, python: Path | str = sys.executable) -> PytestRun:
    """Run it in `folder` until it ends."""
    junit = folder / "junit.xml"
    junit.unlink(missing_ok=True)
    done = subprocess.run(
        [python, "-m", "pytest", *WITHOUT, "-rA", "--strict-markers", f"--junitxml={junit}", *arguments],
        cwd=folder,
        env=environment({"COLUMNS": "200", "PYTHONPATH": ""}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )
    tests = dict(map(_told, ElementTree.parse(junit).iter("testcase"))) if junit.exists() else {}
    return PytestRun(exit_code=done.returncode, printed=done.stdout + done.stderr, folder=folder, tests=tests)


def _told(case: ElementTree.Element) -> tuple[str, Told]:
    properties = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
    for tag, outcome in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        if (found := case.find(tag)) is not None:
            told = Told(outcome=outcome, message=found.get("message", ""), text=found.text or "", properties=properties)
            return case.get("name", ""), told
    return case.get("name", ""), Told(outcome="passed", properties=properties)


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files in it, and a `pyproject.toml`, so that it is a project."""
    for name, text in {"pyproject.toml": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
