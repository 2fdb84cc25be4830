"""`deadair clients`: the clients that everybody uses, and an environment for each."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import called, deadair

NO_REGISTRY = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": "/dev/null",
    "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    "UV_INDEX": "",
    "UV_HTTP_RETRIES": "0",
    "UV_NO_CACHE": "1",
}
"""Port 9 is nobody's: both package managers are refused at once."""


def test_the_list_says_provider_version_and_clock(tmp_path: Path) -> None:
    told = called("clients", "list", folder=tmp_path, more={"DEADAIR_CLIENTS": str(tmp_path)})

    assert told.returncode == 0
    assert re.search(r"^openai-sdk +openai-realtime +openai 3\.54\.0 +no +virtual$", told.stdout, re.MULTILINE)
    assert len(told.stdout.splitlines()) == 1 + 13


def test_the_path_of_one_that_is_not_installed_comes_with_the_command_that_installs_it(tmp_path: Path) -> None:
    told = called("clients", "path", "pipecat-flux", folder=tmp_path, more={"DEADAIR_CLIENTS": str(tmp_path)})

    assert told.returncode == 2
    assert told.stdout == ""
    assert "Run 'deadair clients install pipecat-flux'" in told.stderr


@pytest.mark.parametrize("command", ["install", "path"])
def test_a_misspelt_name_gets_a_suggestion(command: str, tmp_path: Path) -> None:
    told = called("clients", command, "openai-sdl", folder=tmp_path)

    assert told.returncode == 2
    assert told.stderr == "there is no known client 'openai-sdl'. Did you mean 'openai-sdk'?\n"


@pytest.mark.parametrize("arguments", [[], ["--all", "openai-sdk"]])
def test_either_names_or_all_are_asked_for(arguments: list[str], tmp_path: Path) -> None:
    told = called("clients", "install", *arguments, folder=tmp_path)

    assert told.returncode == 2
    assert "Name the clients to install, or say --all" in told.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An installation from a registry that nobody reaches: what was said, and what `path` says of the client afterwards."""

    installing: subprocess.CompletedProcess[str]
    path: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    place = tmp_path_factory.mktemp("clients")
    more = {"DEADAIR_CLIENTS": str(place), **NO_REGISTRY}
    installing = deadair("clients", "install", "openai-sdk", folder=place, more=more)
    return Tried(installing=installing, path=called("clients", "path", "openai-sdk", folder=place, more=more))


# A package manager works here, on the machine's clock.
@pytest.mark.real_time
def test_a_registry_that_is_out_of_reach_is_told_in_one_line(tried: Tried) -> None:
    told = tried.installing

    assert told.returncode == 3
    assert told.stdout == "openai 3.54.0 (openai-sdk) … failed\n"
    (line,) = told.stderr.splitlines()
    assert line.startswith("could not install openai 3.54.0: ")
    assert line.endswith("Is the registry within reach, as pip is told it?")


@pytest.mark.real_time
def test_one_that_could_not_be_installed_is_not_there(tried: Tried) -> None:
    assert tried.path.returncode == 2
