"""The client's entry in pyproject.toml: it is added, and nothing else is touched, however the file is written."""

from __future__ import annotations

import tomllib

import pytest

from harness.cli.entry import CannotBeAdded, with_entry

ENTRY = '[tool.deadair.clients.mine]\npython = "app:make"\nprovider = "deepgram"\n'
OTHER = '[tool.deadair.clients.mine]\npython = "old:make"\n\n[tool.deadair.clients.mine.env]\nMODE = "test"\n'


def test_an_empty_file_gets_the_entry_alone() -> None:
    assert with_entry("", ENTRY, name="mine") == ENTRY


def test_what_is_there_stays_byte_for_byte() -> None:
    there = '# my project\n[project]\nname="x"   # so\n\n[tool.ruff]\nselect = [\n  "E", ]\n'

    assert with_entry(there, ENTRY, name="mine") == there + "\n" + ENTRY


def test_the_line_endings_of_windows_are_kept() -> None:
    added = with_entry('[project]\r\nname = "x"\r\n', ENTRY, name="mine")

    assert added.count("\n") == added.count("\r\n") == 6


def test_a_file_without_a_last_line_ending_is_no_trouble() -> None:
    assert tomllib.loads(with_entry('[project]\nname = "x"', ENTRY, name="mine"))["project"] == {"name": "x"}


def test_a_second_entry_of_the_name_is_refused() -> None:
    with pytest.raises(CannotBeAdded, match=r"clients\.mine\] is there already"):
        with_entry(OTHER, ENTRY, name="mine")


def test_by_force_the_old_entry_gives_way_with_its_subtables_and_its_neighbours_stay() -> None:
    before = '[project]\nname = "x"\n\n' + OTHER + '\n[tool.deadair.clients.mine-too]\npython = "two:make"\n'

    after = tomllib.loads(with_entry(before, ENTRY, name="mine", replace=True))

    assert after["project"] == {"name": "x"}
    assert after["tool"]["deadair"]["clients"] == {
        "mine": {"python": "app:make", "provider": "deepgram"},
        "mine-too": {"python": "two:make"},
    }


@pytest.mark.parametrize(
    "text",
    [
        '[tool.deadair]\nclients = {other = {python = "a:b"}}\n',
        '[tool.deadair.clients]\nmine = {python = "a:b"}\n',
        'tool.deadair.clients.mine.python = "a:b"\n',
        '[tool]\ndeadair = "all"\n',
        "[tool.deadair.clients.mine]\npython = '''\n[not a header]\nx'''\n",
    ],
    ids=["inline clients", "inline client", "dotted key", "another deadair", "a header inside a text"],
)
def test_a_file_that_writes_its_clients_otherwise_is_left_alone_and_the_entry_is_told(text: str) -> None:
    with pytest.raises(CannotBeAdded, match="by hand") as told:
        with_entry(text, ENTRY, name="mine", replace=True)

    assert ENTRY in str(told.value)


def test_a_broken_file_is_left_alone() -> None:
    with pytest.raises(CannotBeAdded, match=r"it is no TOML: .*line 1.*Mend it first"):
        with_entry("[project\n", ENTRY, name="mine")
