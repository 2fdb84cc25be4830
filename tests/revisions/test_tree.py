"""A version's own files, and nobody else's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.revisions import Tree

ROOT = Path(__file__).parents[2]


def tree(top: Path, *, of: Path | None = None, inside: str = ".") -> Tree:
    return Tree(name="HEAD", label="base", top=top, inside=Path(inside), of=of or top)


def test_this_repository_is_known_to_be_deadair() -> None:
    assert tree(ROOT).is_deadair


@pytest.mark.parametrize("about", ["", "[project]\nname = 'harness'\n", "not [toml"])
def test_a_user_may_have_a_folder_called_harness(tmp_path: Path, about: str) -> None:
    (tmp_path / "harness" / "cli").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(about, encoding="utf-8")

    assert not tree(tmp_path).is_deadair


def test_deadair_plays_with_its_own_code() -> None:
    assert tree(ROOT).environment()["PYTHONPATH"].split(os.pathsep)[0] == str(ROOT)


def test_a_users_code_is_played_by_this_deadair(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()

    assert tree(tmp_path).environment()["PYTHONPATH"].split(os.pathsep)[:2] == [str(tmp_path / "src"), str(ROOT)]


def test_what_is_on_the_path_of_the_working_tree_is_replaced_by_the_versions_own(tmp_path: Path) -> None:
    # This test runs with the repository on the path of Python, as it is with a project that is installed for editing.
    (tmp_path / "tests").mkdir()
    own = tree(tmp_path, of=ROOT.parent)
    (tmp_path / ROOT.name).mkdir()

    assert str(tmp_path / ROOT.name) in own.environment()["PYTHONPATH"].split(os.pathsep)


def test_a_run_of_a_comparison_tells_the_pipeline_nothing(tmp_path: Path) -> None:
    assert not {"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"} & tree(tmp_path).environment().keys()


def test_files_that_a_version_has_not_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "calls.yaml").write_text("", encoding="utf-8")

    assert tree(tmp_path).there(["calls.yaml", "calls.yaml::one", "young.yaml"]) == ("calls.yaml", "calls.yaml::one")


def test_files_are_named_from_where_the_user_stands(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "calls.yaml").write_text("", encoding="utf-8")

    assert tree(tmp_path, inside="deep").there(["calls.yaml"]) == ("calls.yaml",)


def test_a_whole_path_into_the_working_tree_is_one_into_the_version(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "calls.yaml").write_text("", encoding="utf-8")

    assert tree(theirs, of=mine).there([f"{mine}/calls.yaml::one"]) == (f"{theirs}/calls.yaml::one",)


def test_the_pack_of_deadair_is_everywhere(tmp_path: Path) -> None:
    assert tree(tmp_path).there(["scenarios/tcp"]) == ("scenarios/tcp",)
