"""The commands that only read files: what they print, and how they end."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.check import check
from harness.cli.explained import explained_schema
from harness.cli.schema import schema
from harness.cli.show import show
from harness.scenario import LoadError
from tests.support.examples import example
from tests.support.scenarios import scenario, write

COMMANDS = {"check": check, "show": show, "schema": schema}


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "", "pyproject.toml")
    return tmp_path


def deadair(*arguments: str, cwd: Path) -> Result:
    with inside(cwd):
        return CliRunner().invoke(COMMANDS[arguments[0]], arguments[1:])


def test_check_counts_what_it_has_read(project: Path):
    write(project, scenario(provider="[deepgram, gemini-live]"), "scenarios/a.yaml")
    write(project, scenario(), "scenarios/b.yaml")
    result = deadair("check", "scenarios", cwd=project)

    assert result.exit_code == 0
    assert result.stdout == "no mistakes: 3 cases of 2 scenarios in 2 files\n"


def test_check_tells_every_mistake_and_exits_with_two(project: Path, golden: Callable[[str, str], None]):
    write(project, scenario("seed: x", "faults: [{at: 5, do: resett}]"), "scenarios/a.yaml")
    write(project, scenario("clock: fast"), "scenarios/b.yaml")
    result = deadair("check", "scenarios", cwd=project)

    assert result.exit_code == 2
    assert result.stdout == ""
    golden("cli/check.txt", result.stderr)


def test_check_without_a_path_says_how_it_is_called(project: Path):
    assert deadair("check", cwd=project).exit_code == 2


def test_messages_name_files_from_the_root_of_the_project(project: Path):
    write(project, scenario("seed: x"), "scenarios/a.yaml")
    result = deadair("check", "a.yaml", cwd=project / "scenarios")

    assert result.stderr.startswith("scenarios/a.yaml:4:7: ")


def test_a_long_message_is_not_broken_into_lines(project: Path):
    write(project, scenario("faults: [{at: 1s, do: xyzzy}]"))
    result = deadair("check", "call.yaml", cwd=project)

    assert "  Actions: reset, drop," in result.stderr
    assert len(result.stderr.splitlines()) == 6


@pytest.mark.parametrize("name", ["retry_after", "slow_link"])
def test_show_spells_cases_out(project: Path, golden: Callable[[str, str], None], name: str):
    write(project, example(f"{name}.yaml").read_bytes(), f"{name}.yaml")
    result = deadair("show", f"{name}.yaml", cwd=project)

    assert result.exit_code == 0
    golden(f"cli/show_{name}.txt", result.stdout)


def test_show_can_be_narrowed(project: Path):
    write(project, example("retry_after.yaml").read_bytes())
    result = deadair("show", "call.yaml", "-k", "wait=3s,form=header-DATE", cwd=project)

    assert result.stdout.count("- scenario:") == 1


def test_show_says_when_nothing_is_left(project: Path):
    write(project, scenario())
    result = deadair("show", "call.yaml", "-k", "nothing", cwd=project)

    assert result.exit_code == 2
    assert "No case has 'nothing' in its name." in result.stderr


def test_show_tells_mistakes_and_shows_nothing(project: Path):
    write(project, scenario("seed: x"))
    result = deadair("show", "call.yaml", cwd=project)

    assert result.stdout == ""
    assert isinstance(result.exception, LoadError)
    assert str(result.exception).startswith("call.yaml:4:7: 'x' is no whole number")


def test_schema_is_printed_as_json(project: Path):
    result = deadair("schema", cwd=project)

    assert result.exit_code == 0
    assert json.loads(result.stdout) == explained_schema()
