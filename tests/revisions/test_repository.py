"""Revisions: what a name means, and checkouts of which nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.revisions import Repository, RevisionError
from tests.support.repositories import commit, git, project, waits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = project(tmp_path_factory.mktemp("revisions") / "mine")
    waits(place, 1.5)
    commit(place, "waits longer")
    git(place, "tag", "v2")
    return place


@pytest.fixture
def repository(folder: Path) -> Repository:
    found = Repository.around(folder)
    assert found is not None
    return found


def test_a_folder_in_the_tree_belongs_to_its_repository(folder: Path) -> None:
    found = Repository.around(folder / "src")

    assert found is not None
    assert found.top == folder.resolve()


def test_a_folder_of_no_repository_belongs_to_none(tmp_path: Path) -> None:
    assert Repository.around(tmp_path) is None


@pytest.mark.parametrize("name", ["HEAD", "main", "v2"])
def test_branches_tags_and_expressions_name_a_commit(repository: Repository, folder: Path, name: str) -> None:
    assert repository.commit(name) == git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["", "nowhere", "HEAD~99", "--help", "-n1", "HEAD:mine.py", "a b", "\0", "é" * 5000])
def test_what_names_no_commit_is_none(repository: Repository, name: str) -> None:
    assert repository.commit(name) is None


def test_a_checkout_has_the_files_of_its_commit(repository: Repository) -> None:
    commit_id = repository.commit("HEAD~1")
    assert commit_id is not None

    with repository.checkout(commit_id) as place:
        told = (place / "src" / "delays.py").read_text(encoding="utf-8")

    assert told == "DELAY_S = 1.0\n"
    assert not place.exists()


def test_one_commit_can_be_checked_out_twice(repository: Repository) -> None:
    commit_id = repository.commit("HEAD") or ""

    with repository.checkout(commit_id) as one, repository.checkout(commit_id) as other:
        assert one != other


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_however_it_is_left_nothing_of_a_checkout_stays(
    repository: Repository, folder: Path, error: type[BaseException]
) -> None:
    made = []

    def leave() -> None:
        with repository.checkout(repository.commit("HEAD") or "") as place:
            made.append(place.parent)
            raise error

    with pytest.raises(error):
        leave()

    assert not made[0].exists()
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_hooks_of_the_user_do_not_run(folder: Path, repository: Repository) -> None:
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.write_text('#!/bin/sh\ntouch "$(git rev-parse --show-toplevel)/was-here"\n', encoding="utf-8")
    hook.chmod(0o755)

    with repository.checkout(repository.commit("HEAD") or "") as place:
        assert not (place / "was-here").exists()


def test_a_commit_that_is_not_there_is_told_and_leaves_nothing(repository: Repository, folder: Path) -> None:
    with pytest.raises(RevisionError, match="git worktree"), repository.checkout("0" * 40):
        pass

    assert len(git(folder, "worktree", "list").splitlines()) == 1
