from __future__ import annotations

import io
import re

import pytest

from harness.reports import Terminal
from tests.support.results import failed, passed, report


class Screen(io.StringIO):
    """A stream that says of itself whether somebody looks at it, and what it can show."""

    def __init__(self, *, watched: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._watched = watched
        self._encoding = encoding

    def isatty(self) -> bool:
        return self._watched

    @property
    def encoding(self) -> str:
        return self._encoding


def told(*, watched: bool, encoding: str = "utf-8", **environ: str) -> str:
    screen = Screen(watched=watched, encoding=encoding)
    terminal = Terminal(screen, environ=environ)
    results = [passed(), failed()]
    for result in results:
        terminal.told(result)
    terminal.summed_up(report(*results, took_s=0.5))
    return screen.getvalue()


def test_a_terminal_gets_signs_and_colours() -> None:
    shown = told(watched=True, TERM="xterm")

    assert "\x1b[32m✓\x1b[0m calls.yaml::a call that lives" in shown
    assert "\x1b[1;31m✗" in shown


def test_a_pipe_gets_words_and_no_colours() -> None:
    shown = told(watched=False)

    assert "\x1b" not in shown
    assert "pass         calls.yaml::a call that lives  9.5 s\n" in shown
    assert "fail         calls.yaml::a call that waits too long[wait=5s]" in shown


def test_no_color_leaves_the_signs() -> None:
    shown = told(watched=True, TERM="xterm", NO_COLOR="1")

    assert "\x1b[32m" not in shown
    assert "✓" in shown


def test_force_color_colours_a_pipe() -> None:
    assert "\x1b[32mpass" in told(watched=False, FORCE_COLOR="1")


def test_a_continuous_integration_gets_words_even_on_a_terminal() -> None:
    assert "✓" not in told(watched=True, CI="true", TERM="xterm")


def test_a_terminal_without_our_signs_gets_words() -> None:
    shown = told(watched=True, encoding="ascii", TERM="xterm")

    assert "✓" not in shown
    assert "━" not in shown


def test_long_lines_are_not_broken() -> None:
    lines = told(watched=False, COLUMNS="20").splitlines()

    assert "    backoff   the 3rd wait was 5.2 s instead of 4 s ±5 %, at 8.7 s" in lines


@pytest.mark.parametrize(
    ("environ", "annotated"), [({"GITHUB_ACTIONS": "true", "CI": "true"}, True), ({"CI": "true"}, False)]
)
def test_only_github_gets_annotations(environ: dict[str, str], annotated: bool) -> None:
    assert ("\n::error file=calls.yaml,line=1," in told(watched=False, **environ)) is annotated


def test_waits_are_drawn_as_wide_as_the_terminal_has_room_for() -> None:
    bars = [line for line in told(watched=True, TERM="xterm", COLUMNS="48").splitlines() if "━" in line]

    assert len(bars) == 3
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 48 for line in bars)


def test_github_gets_no_annotations_where_they_are_a_form_of_their_own() -> None:
    screen = Screen(watched=False)

    Terminal(screen, environ={"GITHUB_ACTIONS": "true"}, annotates=False).summed_up(report(failed()))

    assert "::error" not in screen.getvalue()
