from __future__ import annotations

import base64
import hashlib

import pytest

from harness.reports.html.look import TEXT_CHARACTERS_MAX, head, page_environment


def shown(value: object) -> str:
    return page_environment().from_string("{{ value }}").render(value=value)


def test_a_page_may_load_nothing_and_run_only_its_own_script() -> None:
    made = head(styles=("look.css",), scripts=("report.js",))
    digest = base64.b64encode(hashlib.sha256(made.script.encode()).digest()).decode()

    assert made.policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in made.policy
    assert "unsafe" not in made.policy


def test_a_page_without_a_script_may_run_none() -> None:
    assert "script-src" not in head().policy


def test_a_style_that_does_not_exist_is_loud() -> None:
    with pytest.raises(AssertionError, match=r"there is no missing\.css"):
        head(styles=("missing.css",))


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("\u202eevil\x1b[31m", "\\u202eevil\\u001b[31m"),
        ("\ud800", "\\ud800"),
        (3, "3"),
    ],
)
def test_what_is_put_in_is_escaped_and_printable(value: object, seen: str) -> None:
    assert shown(value) == seen


def test_an_endless_text_is_cut_off() -> None:
    assert len(shown("x" * 10_000_000)) < TEXT_CHARACTERS_MAX + 50
