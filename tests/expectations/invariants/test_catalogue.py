from __future__ import annotations

import re
from pathlib import Path

from harness.expectations.invariants import INVARIANTS

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "harness" / "expectations" / "invariants"


def test_every_rule_that_has_a_file_is_in_the_catalogue() -> None:
    files = [re.match(r"i(\d\d)_", path.name) for path in sorted(FOLDER.glob("i[0-9]*.py"))]

    assert list(INVARIANTS) == [f"I{int(found[1])}" for found in files if found]


def test_every_rule_has_traces_that_keep_it_and_that_break_it() -> None:
    for path in sorted(FOLDER.glob("i[0-9]*.py")):
        told = (Path(__file__).parent / f"test_{path.name}").read_text(encoding="utf-8")
        assert {word for word in ("Said.KEPT", "Said.BROKEN") if word not in told} == set(), path.name


def test_the_reference_of_the_format_tells_every_rule() -> None:
    told = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")

    rows = dict(re.findall(r"^\| (I\d+) \| (.+) \|$", told, re.MULTILINE))
    assert rows == {number: invariant.rule for number, invariant in INVARIANTS.items()}
