"""The page about the scoreboard has each sign, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.scoreboard import Standing
from harness.scoreboard.signs import SIGNS

PAGE = Path(__file__).parents[2] / "harness" / "scoreboard" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("standing", Standing)
def test_each_sign_is_explained(standing: Standing) -> None:
    assert f"| {SIGNS[standing]} | {standing.value} |" in TEXT


def test_its_links_lead_somewhere() -> None:
    places = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", TEXT)]

    assert places
    assert [place for place in places if not (PAGE.parent / place).exists()] == []
