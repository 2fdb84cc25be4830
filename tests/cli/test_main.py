"""The door to all commands: their helps, the version, what a wrong call is told."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from harness.cli import COMMANDS, main


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), prog_name="deadair", terminal_width=110)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_help_names_every_command(golden: Callable[[str, str], None]) -> None:
    golden("cli/help.txt", said("--help"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(command: str, golden: Callable[[str, str], None]) -> None:
    golden(f"cli/help_{command}.txt", said(command, "--help"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_short_help_is_the_same(command: str) -> None:
    assert said(command, "-h") == said(command, "--help")


def test_the_version_is_that_of_the_package() -> None:
    assert said("--version") == f"deadair, version {version('deadair')}\n"


def test_a_misspelt_command_is_named_with_the_nearest_one() -> None:
    result = CliRunner().invoke(main, ["chek"])

    assert result.exit_code == 2
    assert "There is no command 'chek'. Did you mean 'check'?" in result.output


def test_an_unknown_command_is_told_which_there_are() -> None:
    result = CliRunner().invoke(main, ["xyzzy"])

    assert result.exit_code == 2
    assert f"There are: {', '.join(COMMANDS)}." in result.output


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(main, [])

    assert "Commands:" in result.output
