"""Each rule of the format, broken once: tests/golden/scenario/mistakes holds the file and what its author is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.scenario import LoadError, load

MISTAKES = Path(__file__).parent.parent / "golden" / "scenario" / "mistakes"
FILES = sorted(path.name for path in MISTAKES.glob("*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_a_broken_rule_is_told_with_its_place(name: str, golden: Callable[[str, str], None]):
    loaded = load([MISTAKES / name], root=MISTAKES)

    assert loaded.errors
    golden(f"scenario/mistakes/{name.removesuffix('.yaml')}.txt", LoadError(loaded.errors).render() + "\n")


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_mistake_is_never_run(name: str):
    with pytest.raises(LoadError):
        load([MISTAKES / name], root=MISTAKES).checked()


def test_all_mistakes_of_a_file_come_at_once():
    errors = load([MISTAKES / "many_mistakes_at_once.yaml"], root=MISTAKES).errors

    assert [error.place.line for error in errors] == [3, 4, 6, 8, 8, 9, 9, 9, 10, 10, 13, 14, 15, 16, 17, 17]


def test_mistakes_come_in_the_order_of_the_file():
    errors = load([MISTAKES], root=MISTAKES).errors
    places = [(error.place.path, error.place.line, error.place.column) for error in errors]

    assert places == sorted(places)
