"""Clients by name: what pyproject.toml may say, what it may not, and what is told then."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.clients.named import NamedWrongly, way_to, words

TABLE = "[tool.deadair.clients.mine]\n"


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_command_runs_on_the_real_clock_in_the_project(tmp_path: Path) -> None:
    text = TABLE + 'command = ["node", "app.js"]\nprovider = "deepgram"\nreconnects = false\nenv = {MODE = "test"}\n'

    way = way_to("mine", project=project(tmp_path, text))

    assert (way.command, way.providers, way.clock) == (("node", "app.js"), ("deepgram",), "real")
    assert (way.directory, dict(way.variables)) == (tmp_path, {"MODE": "test"})
    assert way.traits({}) == {"reconnects": False, "name": "mine"}


def test_a_factory_runs_on_either_clock(tmp_path: Path) -> None:
    text = (
        TABLE + 'python = "calls:make"\nprovider = ["deepgram", "gemini-live"]\ntells = ["error"]\ndirectory = "src"\n'
    )

    way = way_to("mine", project=project(tmp_path, text))

    assert (way.python, way.clock, way.is_command("real")) == ("calls:make", None, False)
    assert (way.directory, way.tells) == (tmp_path / "src", ("error",))
    assert words(way, "virtual") == "mine: python:calls:make"


def test_what_is_written_about_a_client_goes_before_what_it_says(tmp_path: Path) -> None:
    way = way_to("mine", project=project(tmp_path, TABLE + 'command = ["app"]\nreconnects = false\n'))

    assert way.traits({"reconnects": True, "name": "app", "version": "2"}) == {
        "reconnects": False,
        "name": "app",
        "version": "2",
    }


def test_a_name_of_the_users_goes_before_the_shelf(tmp_path: Path) -> None:
    text = '[tool.deadair.clients.openai-sdk]\ncommand = ["mine"]\n'

    assert way_to("openai-sdk", project=project(tmp_path, text)).command == ("mine",)


def test_a_command_and_a_factory_need_no_table(tmp_path: Path) -> None:
    assert way_to(("node", "app.js"), project=tmp_path).command == ("node", "app.js")
    assert way_to("python:calls:make", project=tmp_path).python == "calls:make"


MISTAKES = {
    'comand = ["app"]': "has no 'comand': did you mean 'command'?",
    "": 'needs either python = "module:factory" or command = ["program", "argument"]',
    'command = ["app"]\npython = "a:b"': "needs either",
    'python = "calls"': "'calls' names no factory; write it like my_app.calls:make_client",
    'command = "node app.js"': "'command' is a list of texts",
    'command = ["app"]\nclock = "virtual"': "a command runs on the real clock only",
    'command = ["app"]\nclock = "soon"': "'clock' is 'virtual' or 'real'",
    'command = ["app"]\nreconnects = "no"': "'reconnects' is true or false",
    'command = ["app"]\nenv = {A = 1}': "'env' is a table of texts",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_table(tmp_path: Path, text: str) -> None:
    with pytest.raises(NamedWrongly) as told:
        way_to("mine", project=project(tmp_path, TABLE + text + "\n"))

    assert MISTAKES[text] in str(told.value)
    assert "[tool.deadair.clients.mine]" in str(told.value)


def test_a_name_that_nobody_has_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(NamedWrongly) as told:
        way_to("miner", project=project(tmp_path, TABLE + 'command = ["app"]\n'))

    assert str(told.value).splitlines()[:2] == [
        "there is no client 'miner'. Did you mean 'mine'?",
        "Named in pyproject.toml: mine.",
    ]
    assert "openai-sdk, " in str(told.value)


def test_a_project_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NamedWrongly, match="the names of clients cannot be read"):
        way_to("mine", project=project(tmp_path, "[tool"))
