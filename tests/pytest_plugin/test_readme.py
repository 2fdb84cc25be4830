"""The page about the plugin does what it says: its files are a project whose tests run, and its command prints what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import harness.pytest_plugin
from tests.support.pytest_files import CLIENTS
from tests.support.pytest_runs import PytestRun, pytest_run, written

PAGE = Path(harness.pytest_plugin.__file__).with_name("README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PytestRun:
    files = {"my_client.py": CLIENTS.replace("def gives_up", "def make"), "pyproject.toml": blocks("toml")[0]}
    for block in [*blocks("python"), *blocks("yaml")]:
        name = re.match(r"# ([\w.]+)", block)
        assert name is not None, f"this block does not name its file: {block[:60]!r}"
        files[name[1]] = block
    return pytest_run(written(tmp_path_factory.mktemp("readme"), files), "-q", "-pno:cacheprovider", "-Werror")


def test_its_tests_pass(run: PytestRun) -> None:
    outcomes = {name: told.outcome for name, told in run.tests.items()}

    assert outcomes.pop("a polite goodbye") == "failed"
    assert len(outcomes) == 4
    assert set(outcomes.values()) == {"passed"}, run.printed


def test_a_failure_looks_as_it_shows(run: PytestRun) -> None:
    (shown,) = blocks("console")
    told = run.tests["a polite goodbye"].text

    failure = re.sub(r"\.deadair/runs/[^/\s]+", ".deadair/runs/…", told)
    assert failure in shown
    assert "audio" not in failure


def test_the_choices_that_it_shows_choose(run: PytestRun) -> None:
    (commands,) = blocks("bash")

    for command in commands.splitlines():
        words = command.partition(" ")[2].split('"')
        arguments = [*words[0].split(), *words[1:2], *(words[2].split() if len(words) > 2 else [])]
        chosen = pytest_run(run.folder, "--collect-only", "-q", *arguments)
        assert "goodbye.scenario.yaml::a polite goodbye" in chosen.printed
