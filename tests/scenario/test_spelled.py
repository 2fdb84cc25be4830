"""Spelled out, a case is the same case."""

from pathlib import Path
from typing import Any

import pytest

from harness.scenario import Case, expand, load
from harness.scenario.spelled import spelled_out
from tests.support.examples import EXAMPLES
from tests.support.scenarios import scenario, write


def what_is_played(case: Case) -> dict[str, Any]:
    return case.model_dump(exclude={"id", "place", "scenario"})


def again(path: Path, folder: Path) -> tuple[Case, ...]:
    text = spelled_out(expand([path], root=path.parent))
    return load([write(folder, text, "again.yaml")], root=folder).checked()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_spelled_out_plays_the_same(path: Path, tmp_path: Path):
    cases = load([path], root=path.parent).checked()

    assert [what_is_played(case) for case in again(path, tmp_path)] == [what_is_played(case) for case in cases]


@pytest.mark.parametrize(
    "text",
    [
        'session: {system_prompt: "true", temperature: 0.5, metadata: {a: "010", b: 010, c: "null", d: null, e: ""}}',
        "session: {system_prompt: |\n    two\n    lines\n  }",
        'session: {system_prompt: "two\\nlines: [and] {more} # not a comment"}',
        "session: {system_prompt: for $$free and $5}",
        'script: [{at: 1s, text: "— ünïcode 🎙"}, {at: 2s, text: " "}]',
        "faults: [{at: 1s, do: {quota}}, {at: 2s, do: quota}]",
        'tags: ["- a", "b: c", "? d", "* e", "!f"]',
    ],
)
def test_texts_survive_being_spelled_out(tmp_path: Path, text: str):
    path = write(
        tmp_path, scenario(text) if "|" not in text else scenario("session:\n  system_prompt: |\n    two\n    lines")
    )
    cases = load([path], root=tmp_path).checked()

    assert [what_is_played(case) for case in again(path, tmp_path)] == [what_is_played(case) for case in cases]


def test_scenarios_of_the_same_name_get_numbers(tmp_path: Path):
    write(tmp_path, scenario(), "a.yaml")
    write(tmp_path, scenario(), "b.yaml")
    text = spelled_out(expand([tmp_path], root=tmp_path))

    assert text.count("scenario: call\n") == 1
    assert text.count("scenario: call 2\n") == 1
