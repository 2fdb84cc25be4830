"""The page about reports says what is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from harness.cli import main
from harness.reports import FORMATS

README = (Path(__file__).parents[2] / "harness" / "reports" / "README.md").read_text(encoding="utf-8")

COMMANDS = [
    line.partition("#")[0].partition(">")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


def test_every_form_has_a_line() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == set(FORMATS)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_has_only_options_that_there_are(line: str) -> None:
    program, name, *words = shlex.split(line)

    command = main.get_command(click.Context(main), name)

    assert (program, command is not None) == ("deadair", True)
    assert command is not None
    command.make_context(name, words)
