"""The four outputs: what each says, and that whatever names and reasons hold is text in them and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from harness.scoreboard import Board, board
from harness.scoreboard.document import as_json
from harness.scoreboard.markdown import as_markdown
from harness.scoreboard.page import as_page
from harness.scoreboard.terminal import board_lines
from tests.support.pages import Reader
from tests.support.scoreboards import DROP, HOSTILE, client, entry, in_these_words, run

VERSIONS = {"deadair": "0.1.0"}
AGAIN = "calls.yaml::a message that nobody knows"
Golden = Callable[[str, str], None]


def small_board() -> Board:
    broken = [run(broken="I1 I5", kept="I2", seed=seed) for seed in range(3)]
    lost = [run(DROP, lost="the call is in failed", kept="I2", classes=("F04",), seed=seed) for seed in range(3)]
    short = [run(AGAIN, missed="wire.attempt came twice", kept="I2", classes=("F20",), seed=seed) for seed in range(3)]
    return board(
        [
            entry(run(kept="I1 I2 I5"), who=client("deadair-openai-realtime", ours=True)),
            entry(*broken, *lost, *short, who=client("some-sdk")),
            entry(run(not_applicable="I16"), who=client("bare-sdk", reconnects=False)),
            entry(who=client("absent-sdk", missing="not installed: run 'deadair clients install absent-sdk'")),
        ]
    )


def hostile_board() -> Board:
    return board([in_these_words(HOSTILE)])


def in_the_terminal(told: Board, *, ascii_only: bool = False) -> str:
    lines = board_lines(told, ascii_only=ascii_only)
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def in_markdown(told: Board) -> str:
    return as_markdown(told, versions=VERSIONS)


def in_json(told: Board) -> str:
    return as_json(told, versions=VERSIONS)


def on_the_page(told: Board) -> str:
    return as_page(told, versions=VERSIONS)


def test_the_terminal_shows_the_board(golden: Golden) -> None:
    golden("scoreboard/terminal.txt", in_the_terminal(small_board()))


def test_a_terminal_that_knows_ascii_only_gets_nothing_else() -> None:
    assert in_the_terminal(small_board(), ascii_only=True).isascii()


def test_markdown_shows_the_board(golden: Golden) -> None:
    golden("scoreboard/scoreboard.md", in_markdown(small_board()))


def test_json_shows_the_board(golden: Golden) -> None:
    golden("scoreboard/scoreboard.json", in_json(small_board()))


def test_the_page_shows_the_board(golden: Golden) -> None:
    golden("scoreboard/scoreboard.html", on_the_page(small_board()))


def test_each_red_cell_of_the_page_leads_to_its_evidence() -> None:
    page = Reader(on_the_page(small_board()))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]

    assert set(inside) <= set(page.ids)
    assert {"c1-I1", "c1-I5", "c1-F01", "c1-F04"} <= set(inside)


def test_no_place_on_the_page_is_there_twice() -> None:
    ids = Reader(on_the_page(small_board())).ids

    assert len(ids) == len(set(ids))


def test_the_page_loads_nothing() -> None:
    page = Reader(on_the_page(small_board()))

    assert not [
        tag for tag, attributes in page.elements if tag in ("script", "link", "img", "iframe") or "src" in attributes
    ]


def test_hostile_words_add_no_element_to_the_page() -> None:
    def tags(told: Board) -> list[str]:
        return [tag for tag, _ in Reader(on_the_page(told)).elements]

    assert tags(hostile_board()) == tags(board([in_these_words("meek")]))


def test_hostile_words_stay_to_be_read_on_the_page() -> None:
    assert "<script>alert(1)</script>" in Reader(on_the_page(hostile_board())).text


def test_the_page_links_to_no_address_but_of_the_web() -> None:
    links = Reader(on_the_page(hostile_board())).links

    assert not [link for link in links if not link.startswith(("#", "https://", "http://"))]


def test_a_template_in_a_name_is_not_filled_in() -> None:
    assert "{{ 7*7 }}" in Reader(on_the_page(hostile_board())).text


@pytest.mark.parametrize("output", [in_the_terminal, in_markdown, on_the_page, in_json])
def test_no_output_holds_a_character_that_turns_the_terminal_or_the_writing(output: Callable[[Board], str]) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f‪-‮]", output(hostile_board()))


def test_hostile_words_leave_no_line_in_the_terminal_of_their_own() -> None:
    assert not [line for line in in_the_terminal(hostile_board()).splitlines() if line.startswith("# no")]


def test_hostile_words_are_text_in_markdown() -> None:
    told = re.sub(r"(?ms)^`{3,}sh$.*?^`{3,}$", "", in_markdown(hostile_board()))

    assert "<script" not in told
    assert "@all" not in told
    assert "https://evil" not in told
    assert not re.search(r"(?<!\\)[|]\s*\\?`x", told)
    assert not re.search(r"(?<!\\)`x", told)


def test_hostile_words_come_back_from_json_as_they_were() -> None:
    told = json.loads(in_json(hostile_board()))

    assert told["clients"][0]["title"] == HOSTILE
